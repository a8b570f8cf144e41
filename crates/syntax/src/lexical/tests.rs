use super::*;

/// The literal assigned to `password` or `token` in a line.
fn read(kind: Kind, line: &str) -> Option<(String, String)> {
    let lower = line.to_ascii_lowercase();
    let (at, word) = ["password", "token"]
        .iter()
        .find_map(|word| lower.find(word).map(|at| (at, *word)))
        .unwrap();
    let found = assignment(line.as_bytes(), Span::new(at, at + word.len()), kind)?;
    Some((
        line[found.name.start..found.name.end].to_owned(),
        line[found.value.start..found.value.end].to_owned(),
    ))
}

#[test]
fn literals_in_quotes_in_fifty_syntaxes() {
    for line in [
        r#"password = "@@""#,
        r#"password: '@@',"#,
        r#""password": "@@""#,
        r#"password := "@@""#,
        r#"String password = "@@";"#,
        r#":password => '@@'"#,
        r#"config['password'] = '@@'"#,
        r#"password: str = "@@""#,
        r#"val password: String = "@@""#,
        r#"<password>@@</password>"#,
        r#"<add key="password" value="@@" />"#,
        r#"password="@@""#,
        r#"setPassword("@@")"#,
        r#".password("@@")"#,
        r#"put("password", "@@")"#,
        r#"if password == "@@":"#,
        r#"if (password !== '@@') {"#,
        r#"password = os.getenv("DB_PASS", "@@")"#,
        r#"password = process.env.PW || "@@";"#,
        r#"password = ENV.fetch("X", "@@")"#,
        r#"os.environ.get("PASSWORD") or "@@""#,
        r#"{\"password\": \"@@\"}"#,
        r#"password = b"@@""#,
        r#"password := []byte("@@")"#,
        r#"var password string = "@@""#,
        r#"$password = '@@';"#,
        r#"password -> none; --password "@@""#,
        r#"const password = `@@`"#,
    ] {
        let line = &line.replace("password -> none; ", "");
        let (_, value) = read(Kind::Code, line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(value, "@@", "{line}");
    }
}

#[test]
fn unquoted_values_in_formats_that_have_them() {
    for line in [
        "PASSWORD=@a",
        "password: @a",
        "db.password=@a",
        "export DB_PASSWORD=@a",
        "cmd --password @a --x",
        "docker run -e PASSWORD=@a img",
        "password = @a",
    ] {
        let line = &line.replace("@a", "kq7zr");
        assert_eq!(
            read(Kind::Config, line).unwrap_or_else(|| panic!("{line}")).1,
            "kq7zr",
            "{line}"
        );
    }
    for line in [
        "password = config.get",
        "f(password=other)",
        "password: string",
        "let token = next_token;",
    ] {
        assert_eq!(read(Kind::Code, line), None, "{line}");
    }
    assert_eq!(
        read(Kind::Code, r#"conn = "host=db;password=kq7zr;x=1""#)
            .unwrap()
            .1,
        "kq7zr"
    );
    // Was a false positive of the benchmark without secrets.
    assert_eq!(read(Kind::Config, "  password kq7zr").unwrap().1, "kq7zr");
    assert_eq!(
        (
            read(Kind::Config, "\tpassword kq7zr)"),
            read(Kind::Config, "password kq7zr,")
        ),
        (None, None)
    );
    assert_eq!(read(Kind::Prose, "the password = something"), None);
    assert_eq!(
        read(Kind::Prose, "run it with PASSWORD=kq7zr first").unwrap().1,
        "kq7zr"
    );
}

#[test]
fn the_next_item_is_not_the_value_of_a_reference() {
    // Found in the documentation: `$(PASSWORD)", "x"` was read as a pair.
    assert_eq!(
        read(Kind::Config, r#"[ "X=$(password)", "FILE=/run/kq7zr9!" ]"#),
        None
    );
    assert_eq!(
        read(Kind::Code, r#"set("password", "kq7zr")"#).unwrap().1,
        "kq7zr"
    );
}

#[test]
fn names_in_a_sentence_are_not_pairs() {
    for line in [
        "words such as `password`, `kq7zr9x` and others",
        "`token`, kq7zr9x",
    ] {
        assert_eq!(read(Kind::Prose, line), None, "{line}");
        assert_eq!(read(Kind::Code, line), None, "{line}");
    }
}

#[test]
fn items_of_a_list_are_not_pairs() {
    let long = format!("[{}\"password\",\"kq7zr9x\"]", "\"seenBefore\",".repeat(40));
    for line in [r#"["failure", "password", "kq7zr9x", "url"]"#, &long] {
        assert_eq!(read(Kind::Code, line), None, "{line}");
        assert_eq!(read(Kind::Config, line), None, "{line}");
    }
    for line in [
        r#"["password", "kq7zr9x"]"#,
        r#"Map.of("user", "app", "password", "kq7zr9x", "port", "1")"#,
        r#"{"user", "password", "kq7zr9x"}"#,
        r#"["tool", "--password", "kq7zr9x", "-v"]"#,
    ] {
        assert_eq!(
            read(Kind::Code, line).map(|found| found.1),
            Some("kq7zr9x".to_owned()),
            "{line}"
        );
    }
}

#[test]
fn a_verb_is_a_whole_word() {
    for line in [
        r#"token("kq7zr")"#,
        r#"loginPassword("kq7zr")"#,
        r#"setToken("kq7zr")"#,
    ] {
        assert_eq!(
            read(Kind::Code, line).unwrap_or_else(|| panic!("{line}")).1,
            "kq7zr",
            "{line}"
        );
    }
    for line in [
        r#"getToken("kq7zr")"#,
        r#"is_token("kq7zr")"#,
        r#"toPassword("kq7zr")"#,
    ] {
        assert_eq!(read(Kind::Code, line), None, "{line}");
    }
}

#[test]
fn expressions_and_sentences_are_no_literals() {
    for line in [
        "password: $(cat x)",
        "password: ${X}",
        "password: see the manual",
        "PASSWORD=`cat x`",
        "token: *anchor",
    ] {
        assert_eq!(read(Kind::Config, line), None, "{line}");
    }
}

#[test]
fn the_whole_name_is_read() {
    assert_eq!(
        read(Kind::Config, "spring.datasource.password=kq7zr").unwrap().0,
        "spring.datasource.password"
    );
    assert_eq!(
        read(Kind::Code, r#"this.$accessToken = "kq7zr""#).unwrap().0,
        "this.$accessToken"
    );
}

#[test]
fn literals_on_the_next_line() {
    for line in [
        "password =\n    \"kq7zr\";",
        "password: String =\n  \"kq7zr\"\n",
        "password = (\n    \"kq7zr\"\n)",
        "get(\n    \"password\",\n    \"kq7zr\",\n)",
        "setPassword(\n  \"kq7zr\")",
        "\"password\":\n  \"kq7zr\",",
    ] {
        assert_eq!(
            read(Kind::Code, line).unwrap_or_else(|| panic!("{line}")).1,
            "kq7zr"
        );
    }
    for line in [
        "[\n  \"password\",\n  \"kq7zr\",\n  \"x\"\n]",
        "password =\n  \"kq7zr\" + x;",
        "password =\n  get(\"kq7zr\");",
        "getPassword(\n  \"kq7zr\")",
        "f(password)\n\"kq7zr\"",
    ] {
        assert_eq!(read(Kind::Code, line), None, "{line}");
    }
}

#[test]
fn names_and_signs_of_many_languages() {
    for line in [
        r#"ds.setPassword("@@".toCharArray());"#,
        r#"Dim password As String = "@@""#,
        r#"{:user "a" :password "@@"}"#,
        r#"[{db, [{password, "@@"}]}]."#,
        r#"password <- "@@""#,
        r#"set(password "@@")"#,
        r#"set -x password "@@""#,
        r#"credentials { username 'a'; password '@@' }"#,
        r#"password: '@@=1'"#,
    ] {
        let expected = if line.contains("@@=1") { "@@=1" } else { "@@" };
        assert_eq!(
            read(Kind::Code, line).unwrap_or_else(|| panic!("{line}")).1,
            expected
        );
    }
    for line in [r#"{password,"x":1}"#, r#"a password "x""#] {
        assert_eq!(read(Kind::Code, line), None, "{line}");
    }
}

#[test]
fn a_value_without_quotes_is_read_whole_or_not_at_all() {
    for (length, whole) in [
        (230, true),
        (250, true),
        (1000, true),
        (1500, false),
        (9000, false),
    ] {
        let value: String = (0..length)
            .map(|number| char::from(b'a' + (number * 7 % 26) as u8))
            .collect();
        let found = read(Kind::Config, &format!("password={value}"));
        assert_eq!(found.map(|(_, found)| found), whole.then_some(value), "{length}");
    }
}

#[test]
fn a_part_of_a_urn_has_no_value() {
    for line in [
        "arn:aws:secretsmanager:eu-west-1:318452907716:password:porter/db-kq7zrm",
        "urn:x:y:z:token:kq7zrm",
    ] {
        assert_eq!(read(Kind::Config, line), None, "{line}");
    }
    for line in ["a:b:c:password: kq7zrm", "x:password:kq7zrm"] {
        assert!(read(Kind::Config, line).is_some(), "{line}");
    }
}

#[test]
fn rows_of_tables_and_sentences_have_no_value() {
    for (kind, line) in [
        (Kind::Code, r#"I915_PASSWORD("dpio-tx-b-01", &domains),"#),
        (
            Kind::Config,
            r#"password "earlyprintk" on the kernel command line"#,
        ),
    ] {
        assert_eq!(read(kind, line), None, "{line}");
    }
    for (kind, line) in [
        (Kind::Code, r#"SET_PASSWORD("kq7zrm")"#),
        (Kind::Code, r#"login_password("kq7zrm", host)"#),
        (Kind::Config, r#"password "kq7zrm" # of the user"#),
    ] {
        assert!(read(kind, line).is_some(), "{line}");
    }
}
