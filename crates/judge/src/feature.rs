//! The features of the model: what may be true of a literal, its name, its file and its place. Each has a number and a text.

use std::fmt;

/// Declares the features by group: `train/train.py` reads the groups from here for the ablation.
macro_rules! features {
    ($($(#[$about:meta])* $group:ident { $($name:ident = $text:literal,)+ })+) => {
        /// One feature of a literal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the texts say what they are")]
        pub enum Feature { $($($name,)+)+ }

        /// The texts, by number.
        const TEXTS: &[&str] = &[$($($text,)+)+];

        impl Feature {
            /// All features, in order.
            pub const ALL: &[Self] = &[$($(Self::$name,)+)+];
        }
    };
}

features! {
    /// What the judge of values says.
    Reason {
        Placeholder = "a placeholder",
        Encrypted = "encrypted",
        Hash = "a hash",
        DocumentedSample = "a documented sample",
        DocumentationWord = "holds a word of documentation",
        Repeated = "one character repeated",
        Ascending = "characters in ascending order",
        Regular = "too regular for a secret",
        TestName = "the name of a test",
        DigitsOnly = "digits only",
        WellKnown = "a well-known default",
        SaysItsName = "repeats its name, or is a sample",
        NoWords = "contains no words",
        Phrase = "a phrase",
        Generated = "looks generated",
        NoWord = "resembles no word",
        Mixed = "mixes letters, digits and punctuation",
        Chosen = "like a password that a person chose",
        WordAndNumber = "a word and a number",
        HardlyAWord = "hardly resembles a word",
        Word = "a word",
        Uuid = "a UUID: a key, or only an id",
        ShortGenerated = "looks generated, and is short",
        LikeWords = "made of words",
        LooseWord = "a word in a file of unknown grammar",
    }
    /// The name.
    Name {
        PossibleName = "a name that may be a secret's",
        PasswordName = "a password by its name",
        SecretName = "a secret by its name",
        KeyName = "a key by its name",
        TokenName = "a token by its name",
        OtherName = "another name of a credential",
        OneWord = "a name of one word",
        TwoWords = "a name of two words",
        ThreeWords = "a name of three words",
        FourWords = "a name of four words or more",
        NameBlanks = "a name with blanks",
        NameCapitals = "a name in capitals",
        NameDots = "a name with dots",
        NameDashes = "a name with dashes",
        NameUnderscores = "a name with underscores",
        NameCapitalized = "a capitalized name",
        NameCamel = "a name in camel case",
        NameSmall = "a name in small letters",
        NameNumbered = "a numbered name",
        KnownPlace = "a place for a secret",
        SigningName = "a name of what signs",
        PassphraseName = "a name of a passphrase",
    }
    /// The characters of the value.
    Value {
        Base64 = "a text in base64",
        NonAscii = "letters outside ASCII",
        Blanks = "blanks in it",
        Hexadecimal = "hexadecimal digits",
        MarksMixed = "marks mixed in",
        OneCaseMarks = "letters of one case and marks",
        BothCasesDigits = "letters of both cases and digits",
        OneCaseDigits = "letters of one case and digits",
        BothCases = "letters of both cases",
        SmallLetters = "small letters",
        CapitalLetters = "capital letters",
        DigitsAlone = "digits alone",
        Below6 = "less than 6 characters",
        Below8 = "6 or 7 characters",
        Below10 = "8 or 9 characters",
        Below16 = "10 to 15 characters",
        Below24 = "16 to 23 characters",
        Below40 = "24 to 39 characters",
        Below64 = "40 to 63 characters",
        From64 = "64 characters or more",
        HardlyALetter = "hardly a letter",
        PlainWords = "words without surprise",
        Words = "words",
        NearlyWords = "nearly words",
        HardlyWords = "hardly words",
        ScarcelyWords = "no words to speak of",
        LettersWithoutWords = "letters without words",
        ForeignWord = "a word of some language",
        NearlyForeign = "nearly a word of some language",
        HardlyForeign = "hardly a word of any language",
        NotForeign = "no word of any language",
        NoLanguage = "letters as no language has them",
        NoTurns = "letters and digits apart",
        OneTurn = "one turn from letters to digits",
        TwoTurns = "two turns between letters and digits",
        SomeTurns = "some turns between letters and digits",
        ManyTurns = "many turns between letters and digits",
        HardlyAVowel = "hardly a vowel",
        FewVowels = "few vowels",
        WordVowels = "vowels as words have them",
        ManyVowels = "many vowels",
        Prose = "a text for people",
        SentenceEnd = "ends as a sentence does",
        JoinedWords = "words joined",
        LettersThenNumber = "letters with a number behind",
        MailAddress = "an address of mail",
        Counted = "counted digits or letters",
        Padded = "padded as base64 is",
        FewCharacters = "few characters, again and again",
    }
    /// Words in the value.
    Wording {
        CredentialWord = "a word for credentials in it",
        SampleWord = "a word for samples in it",
        OwnName = "a word of its name in it",
    }
    /// The format of the file, and what the file is for.
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
        Ini = "sections of settings",
        Terraform = "Terraform",
        Dockerfile = "a Dockerfile",
        Csv = "rows of fields",
        Diff = "a change",
        Netrc = "logins",
        UnknownGrammar = "a file of unknown grammar",
        Quoted = "quoted",
        Bare = "without quotes",
        LooseWords = "words of a text",
        FewValues = "a file of few values",
        NoProse = "a file without texts for people",
        LittleProse = "a file with few texts for people",
        MuchProse = "a file with many texts for people",
        MostlyProse = "a file of texts for people",
        OneLanguage = "a file for one language",
        Checks = "a file that checks",
        Manifest = "a manifest",
        Template = "a template",
        InInterface = "in the description of an interface",
        InTexts = "in a text of a user interface",
        InProse = "in prose",
        InTest = "in a test",
        InProgram = "in a program",
        InTestData = "in data of tests",
        InConfiguration = "in configuration",
    }
    /// The place in the file, and the path.
    Place {
        InComment = "in a comment",
        InDocumentation = "in a text that documents the program",
        NoLiteral = "no literal of the program",
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
    /// What is near.
    Near {
        FewNear = "few values near it",
        NoProseNear = "no texts for people near it",
        LittleProseNear = "few texts for people near it",
        MuchProseNear = "many texts for people near it",
        MostlyProseNear = "texts for people near it",
        Once = "occurs once",
        Twice = "occurs twice",
        FourTimes = "occurs three or four times",
        FiveTimes = "occurs five times or more",
        User = "a user near it",
        Host = "a host or an address near it",
        Local = "this machine near it",
        SameValue = "the same value near it",
        CheckLine = "on a line that checks",
        LongLine = "on a long line",
        CommentBehind = "a comment on its line",
        SampleComment = "a comment that calls it a sample",
    }
}

impl Feature {
    /// How many features there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// The feature in words.
    pub fn text(self) -> &'static str {
        TEXTS[self as usize]
    }

    /// The feature with these words. It compares with each: ask once for a file, not for each literal.
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
