//! The features of the model: properties of a literal, its name, its file and its context. Each has a number
//! and a text.

use std::fmt;

/// Declares the features by group. `train/train.py` reads the groups from here for the ablation.
macro_rules! features {
    ($($(#[$about:meta])* $group:ident { $($name:ident = $text:literal,)+ })+) => {
        /// One feature of a literal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the texts say what they are")]
        pub enum Feature { $($($name,)+)+ }

        /// The texts, indexed by feature number.
        const TEXTS: &[&str] = &[$($($text,)+)+];

        impl Feature {
            /// All features, in numeric order.
            pub const ALL: &[Self] = &[$($(Self::$name,)+)+];
        }
    };
}

features! {
    /// The verdict on the value alone.
    Reason {
        Placeholder = "a placeholder",
        Encrypted = "encrypted",
        Hash = "a hash",
        DocumentedSample = "a documented sample",
        DocumentationWord = "contains a word of documentation",
        Repeated = "one character repeated",
        Ascending = "characters in ascending order",
        Regular = "too regular for a secret",
        TestName = "the name of a test",
        DigitsOnly = "digits only",
        WellKnown = "a well-known default",
        RepeatsItsName = "repeats its name or a sample word",
        NoWords = "contains no words",
        Phrase = "a phrase",
        Generated = "looks generated",
        NoWord = "resembles no word",
        Mixed = "mixes letters, digits and punctuation",
        Chosen = "looks like a password chosen by a person",
        WordAndNumber = "a word and a number",
        HardlyAWord = "hardly resembles a word",
        Word = "a word",
        Uuid = "a UUID, which may be a key or an id",
        ShortGenerated = "looks generated, and is short",
        LikeWords = "made of words",
        LooseWord = "a word in a file of unknown grammar",
    }
    /// The name.
    Name {
        PossibleName = "possible name of a secret",
        PasswordName = "name of a password",
        SecretName = "name of a secret",
        KeyName = "name of a key",
        TokenName = "name of a token",
        OtherName = "name of another credential",
        OneWord = "a name of one word",
        TwoWords = "a name of two words",
        ThreeWords = "a name of three words",
        FourWords = "a name of four words or more",
        NameBlanks = "a name with spaces",
        NameCapitals = "a name in upper case",
        NameDots = "a name with dots",
        NameDashes = "a name with dashes",
        NameUnderscores = "a name with underscores",
        NameCapitalized = "a capitalized name",
        NameCamel = "a name in camel case",
        NameSmall = "a name in lower case",
        NameNumbered = "a numbered name",
        KnownPlace = "a place of secrets",
        SigningName = "name of a signing secret",
        PassphraseName = "name of a passphrase",
    }
    /// The characters of the value.
    Value {
        Base64 = "base64 of text",
        NonAscii = "non-ASCII letters",
        Blanks = "contains spaces",
        Hexadecimal = "hexadecimal digits",
        MarksMixed = "mixed with punctuation",
        OneCaseMarks = "letters of one case and punctuation",
        BothCasesDigits = "letters of both cases and digits",
        OneCaseDigits = "letters of one case and digits",
        BothCases = "letters of both cases",
        SmallLetters = "lower-case letters",
        CapitalLetters = "upper-case letters",
        DigitsAlone = "digits",
        Below6 = "less than 6 characters",
        Below8 = "6 or 7 characters",
        Below10 = "8 or 9 characters",
        Below16 = "10 to 15 characters",
        Below24 = "16 to 23 characters",
        Below40 = "24 to 39 characters",
        Below64 = "40 to 63 characters",
        From64 = "64 characters or more",
        HardlyALetter = "few letters",
        PlainWords = "common words",
        Words = "words",
        NearlyWords = "nearly words",
        HardlyWords = "unlike words",
        ScarcelyWords = "very unlike words",
        LettersWithoutWords = "random letters",
        ForeignWord = "a word of some language",
        NearlyForeign = "nearly a word of some language",
        HardlyForeign = "unlike a word of any language",
        NotForeign = "very unlike a word of any language",
        NoLanguage = "random letters for any language",
        NoTurns = "letters and digits do not alternate",
        OneTurn = "one change between letters and digits",
        TwoTurns = "two changes between letters and digits",
        SomeTurns = "some changes between letters and digits",
        ManyTurns = "many changes between letters and digits",
        HardlyAVowel = "very few vowels",
        FewVowels = "few vowels",
        WordVowels = "as many vowels as words",
        ManyVowels = "many vowels",
        Prose = "text for people",
        SentenceEnd = "ends like a sentence",
        JoinedWords = "joined words",
        LettersThenNumber = "letters followed by a number",
        MailAddress = "an email address",
        Counted = "a sequence of digits or letters",
        Padded = "base64 padding",
        FewCharacters = "few different characters",
    }
    /// Words in the value.
    Wording {
        CredentialWord = "contains a word for credentials",
        SampleWord = "contains a sample word",
        OwnName = "contains a word of its name",
    }
    /// The format and the purpose of the file.
    Format {
        Code = "code",
        Text = "text",
        Json = "JSON",
        Yaml = "YAML",
        Xml = "XML",
        Sql = "SQL",
        Properties = "properties",
        Dotenv = "an environment file",
        Shell = "a script",
        Ini = "an INI file",
        Terraform = "Terraform",
        Dockerfile = "a Dockerfile",
        Csv = "CSV",
        Diff = "a diff",
        Netrc = "a login file",
        UnknownGrammar = "a file of unknown grammar",
        Quoted = "quoted",
        Bare = "without quotes",
        LooseWords = "words of prose",
        FewValues = "a file with few values",
        NoProse = "a file without text for people",
        LittleProse = "a file with little text for people",
        MuchProse = "a file with much text for people",
        MostlyProse = "a file of text for people",
        OneLanguage = "a translation file",
        Checks = "a file with assertions",
        Manifest = "a manifest",
        Template = "a template",
        InInterface = "in an API description",
        InTexts = "in user interface text",
        InProse = "in prose",
        InTest = "in a test",
        InProgram = "in a program",
        InTestData = "in test data",
        InConfiguration = "in configuration",
    }
    /// The place in the file, and the path.
    Place {
        InComment = "in a comment",
        InDocumentation = "in documentation of the program",
        NoLiteral = "not a string literal",
        AmongTests = "among tests",
        AmongExamples = "among examples",
        AmongSamples = "among samples",
        AmongFixtures = "among fixtures",
        AmongMocks = "among mocks",
        AmongTestData = "among test data",
        InDocs = "in documentation",
        InDemo = "in a demo",
        SampleFile = "a sample file",
        ThirdParty = "in a third-party package",
        Packaged = "documentation of a package",
    }
    /// The context.
    Near {
        FewNear = "few values near it",
        NoProseNear = "no text for people near it",
        LittleProseNear = "little text for people near it",
        MuchProseNear = "much text for people near it",
        MostlyProseNear = "mostly text for people near it",
        Once = "occurs once",
        Twice = "occurs twice",
        FourTimes = "occurs three or four times",
        FiveTimes = "occurs five times or more",
        User = "a user near it",
        Host = "a host or address near it",
        Local = "localhost near it",
        SameValue = "the same value near it",
        CheckLine = "on a line with an assertion",
        LongLine = "on a long line",
        CommentBehind = "a comment on its line",
        SampleComment = "a comment that says it is a sample",
    }
}

impl Feature {
    /// The number of features.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// The feature as text, for people.
    pub fn text(self) -> &'static str {
        TEXTS[self as usize]
    }

    /// The feature with this text. The search is linear, so call it once per file, not per literal.
    pub fn from_text(text: &str) -> Option<Self> {
        TEXTS
            .iter()
            .position(|known| *known == text)
            .map(|at| Self::ALL[at])
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_one_text() {
        for feature in Feature::ALL {
            assert_eq!(Feature::from_text(feature.text()), Some(*feature));
        }
    }
}
