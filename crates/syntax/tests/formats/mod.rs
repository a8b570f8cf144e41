//! Formats and their notation for passwords, for the tests of the readers and of whole scans.

/// Writes a password as a format requires; `None` if the format cannot represent it.
type Write = fn(&str) -> Option<String>;

/// A format: its description, a file name, a text in which `@` is the password, and the notation.
pub(crate) struct Format(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) Write,
);

fn as_is(password: &str) -> Option<String> {
    Some(password.to_owned())
}

/// The password, if it has none of these characters.
fn without(password: &str, none: &str) -> Option<String> {
    (!password.contains(|char| none.contains(char))).then(|| password.to_owned())
}

/// The password with a backslash before each of these characters.
fn escaped(password: &str, chars: &str) -> Option<String> {
    let escape = |char: char| {
        if chars.contains(char) {
            format!("\\{char}")
        } else {
            char.to_string()
        }
    };
    Some(password.chars().map(escape).collect())
}

fn double(password: &str) -> Option<String> {
    escaped(password, "\"\\")
}

fn doubled(password: &str) -> Option<String> {
    Some(password.replace('\'', "''"))
}

fn entities(password: &str) -> Option<String> {
    let password = password
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    Some(password.replace('"', "&quot;").replace('\'', "&apos;"))
}

/// An unquoted YAML scalar in a block.
fn yaml_plain(password: &str) -> Option<String> {
    let first = password.chars().next()?;
    let indicator = "-?:,[]{}#&*!|>'\"%@`".contains(first);
    (!indicator && !password.ends_with(':')).then(|| password.to_owned())
}

fn yaml_flow(password: &str) -> Option<String> {
    yaml_plain(&without(password, ",[]{}")?)
}

fn no_quote_first(password: &str) -> Option<String> {
    (!password.starts_with(['"', '\'', '`', '#', ';'])).then(|| password.to_owned())
}

fn properties(password: &str) -> Option<String> {
    // A leading separator would be read as one.
    escaped(password, "\\").filter(|password| !password.starts_with([':', '=']))
}

fn shell_bare(password: &str) -> Option<String> {
    Some(
        password
            .chars()
            .map(|char| {
                if char.is_ascii_alphanumeric() {
                    char.to_string()
                } else {
                    format!("\\{char}")
                }
            })
            .collect(),
    )
}

fn sh_double(password: &str) -> Option<String> {
    escaped(password, "\"\\$`")
}

fn hcl(password: &str) -> Option<String> {
    without(password, "$%").and_then(|password| double(&password))
}

/// An unquoted ADO.NET value in a C# string.
fn connection(password: &str) -> Option<String> {
    let password = without(password, ";")?;
    (!password.starts_with(['"', '\'', '{'])).then(|| escaped(&password, "\"\\"))?
}

/// A token: letters, digits and some punctuation.
fn token(password: &str) -> Option<String> {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '-' };
    Some(password.chars().map(plain).collect())
}

/// JSON in a string of JSON.
fn json_twice(password: &str) -> Option<String> {
    escaped(&double(password)?, "\"\\")
}

pub(crate) const FORMATS: &[Format] = &[
    Format("dotenv", ".env", "A=1\nDB_PASSWORD=@\nB=2\n", no_quote_first),
    Format("dotenv 'x'", ".env", "A=1\nDB_PASSWORD='@'\nB=2\n", |password| {
        without(password, "'")
    }),
    Format(
        "dotenv \"x\"",
        ".env",
        "A=1\nexport DB_PASSWORD=\"@\"\nB=2\n",
        double,
    ),
    Format("yaml", "a.yaml", "db:\n  password: @\n  user: x\n", yaml_plain),
    Format("yaml 'x'", "a.yaml", "db:\n  password: '@'\n  user: x\n", doubled),
    Format(
        "yaml \"x\"",
        "a.yaml",
        "db:\n  password: \"@\" # live\n  user: x\n",
        double,
    ),
    Format(
        "yaml |",
        "a.yaml",
        "db:\n  password: |-\n    @\n  user: x\n",
        no_quote_first,
    ),
    Format(
        "yaml >",
        "a.yaml",
        "db:\n  password: >\n    @\n  user: x\n",
        no_quote_first,
    ),
    Format(
        "yaml {x}",
        "a.yaml",
        "db: {user: x, password: @, port: 1}\n",
        yaml_flow,
    ),
    Format(
        "yaml {\"x\"}",
        "a.yaml",
        "db: {user: x, \"password\": \"@\", port: 1}\n",
        double,
    ),
    Format(
        "yaml name/value",
        "a.yaml",
        "env:\n- name: DB_PASSWORD\n  value: @\n- name: X\n  value: y\n",
        yaml_plain,
    ),
    Format(
        "yaml name/value \"x\"",
        "a.yaml",
        "env:\n  - value: \"@\"\n    name: DB_PASSWORD\n  - name: X\n",
        double,
    ),
    Format(
        "yaml Default",
        "template.yaml",
        "Parameters:\n  DBPassword:\n    Type: String\n    Default: '@'\n",
        doubled,
    ),
    Format(
        "yaml list",
        "compose.yaml",
        "services:\n  a:\n    environment:\n      - DB_PASSWORD=@\n",
        |password| without(password, "$").filter(|password| !password.starts_with(['"', '\''])),
    ),
    Format(
        "properties",
        "a.properties",
        "a=1\nspring.datasource.password=@\nb=2\n",
        properties,
    ),
    Format(
        "properties :",
        "a.properties",
        "a=1\nspring.datasource.password : @\nb=2\n",
        properties,
    ),
    Format(
        "ini",
        "a.ini",
        "[db]\nuser = x\npassword = @\nport = 1\n",
        no_quote_first,
    ),
    Format(
        "ini tight",
        "a.cfg",
        "[db]\nuser=x\npassword=@\nport=1\n",
        no_quote_first,
    ),
    Format(
        "ini \"x\"",
        "a.ini",
        "[db]\nuser = x\npassword = \"@\"\nport = 1\n",
        double,
    ),
    Format(
        "systemd",
        "a.service",
        "[Service]\nEnvironment=\"DB_PASSWORD=@\" A=b\n",
        double,
    ),
    Format(
        "toml \"x\"",
        "a.toml",
        "[db]\npassword = \"@\"\nport = 1\n",
        double,
    ),
    Format(
        "toml 'x'",
        "a.toml",
        "[db]\npassword = '@'\nport = 1\n",
        |password| without(password, "'"),
    ),
    Format(
        "toml \"\"\"x",
        "a.toml",
        "[db]\npassword = \"\"\"\n@\"\"\"\nport = 1\n",
        double,
    ),
    Format(
        "toml {x}",
        "a.toml",
        "db = { user = \"x\", password = \"@\" }\n",
        double,
    ),
    Format(
        "json",
        "a.json",
        "{\"user\": \"x\", \"password\": \"@\", \"port\": 1}\n",
        double,
    ),
    Format(
        "json5",
        "a.json5",
        "{user: 'x', /* live */ password: '@',}\n",
        |password| escaped(password, "'\\"),
    ),
    Format(
        "json name/value",
        "a.json",
        "{\"environment\":[{\"name\":\"DB_PASSWORD\",\"value\":\"@\"}]}\n",
        double,
    ),
    Format(
        "json default",
        "a.json",
        "{\"parameters\":{\"dbPassword\":{\"type\":\"string\",\"defaultValue\":\"@\"}}}\n",
        double,
    ),
    Format(
        "xml element",
        "a.xml",
        "<db>\n  <password>@</password>\n</db>\n",
        entities,
    ),
    Format(
        "xml attribute",
        "a.xml",
        "<db user=\"x\" password=\"@\" port=\"1\"/>\n",
        entities,
    ),
    Format(
        "xml cdata",
        "a.xml",
        "<db>\n  <password><![CDATA[@]]></password>\n</db>\n",
        as_is,
    ),
    Format(
        "xml add",
        "web.config",
        "<add key=\"dbPassword\" value=\"@\" />\n",
        entities,
    ),
    Format(
        "xml property",
        "a.xml",
        "<property name=\"password\">@</property>\n",
        entities,
    ),
    Format(
        "xml setting",
        "a.config",
        "<setting name=\"Password\" serializeAs=\"String\">\n <value>@</value>\n</setting>\n",
        entities,
    ),
    Format(
        "plist",
        "a.plist",
        "<dict>\n<key>db_password</key>\n<string>@</string>\n</dict>\n",
        entities,
    ),
    Format(
        "hcl",
        "a.tf",
        "resource \"x\" \"y\" {\n  password = \"@\"\n}\n",
        hcl,
    ),
    Format(
        "hcl variable",
        "a.tf",
        "variable \"db_password\" {\n  type = string\n  default = \"@\"\n}\n",
        hcl,
    ),
    Format(
        "hcl key/value",
        "a.tf",
        "resource \"g\" \"v\" {\n  key = \"DB_PASSWORD\"\n  value = \"@\"\n}\n",
        hcl,
    ),
    Format("shell", "a.sh", "A=1\nDB_PASSWORD=@\nB=2\n", shell_bare),
    Format(
        "shell 'x'",
        "a.sh",
        "A=1\nexport DB_PASSWORD='@'\nB=2\n",
        |password| without(password, "'"),
    ),
    Format(
        "shell \"x\"",
        "a.sh",
        "A=1\nexport DB_PASSWORD=\"@\" X=y\nB=2\n",
        |password| double(&without(password, "$`")?),
    ),
    Format(
        "shell option",
        "a.sh",
        "tool --db-password '@' run\n",
        |password| without(password, "'"),
    ),
    Format("shell default", "a.sh", "X=${DB_PASSWORD:-@}\n", |password| {
        without(password, "\"'$`\\}")
    }),
    Format(
        "here-document",
        "a.sh",
        "cat > .env <<'EOF'\nDB_PASSWORD=@\nEOF\n",
        |password| no_quote_first(password).filter(|password| !password.starts_with('$')),
    ),
    Format("batch", "a.bat", "set DB_PASSWORD=@\r\nrun\r\n", |password| {
        without(password, "^%\"&|<>()!")
    }),
    Format(
        "Dockerfile",
        "Dockerfile",
        "FROM a:1\nENV DB_PASSWORD=\"@\"\nUSER 1\n",
        sh_double,
    ),
    Format("sql", "a.sql", "CREATE USER app WITH PASSWORD '@';\n", doubled),
    Format(
        "sql insert",
        "a.sql",
        "INSERT INTO users (name, password, mail) VALUES ('a', '@', 'b');\n",
        doubled,
    ),
    Format(
        "netrc",
        ".netrc",
        "machine git.corp.test login ci password @\n",
        no_quote_first,
    ),
    Format("csv", "a.csv", "user,password,mail\nx,@,y\n", |password| {
        without(password, ",\"")
    }),
    Format(
        "csv \"x\"",
        "a.csv",
        "user,password,mail\nx,\"@\",y\n",
        |password| Some(password.replace('"', "\"\"")),
    ),
    Format(
        "markdown ini",
        "a.md",
        "# A\n\n```ini\npassword = @\n```\n",
        no_quote_first,
    ),
    Format("markdown line", "a.md", "# A\n\nPassword: @\n", |password| {
        no_quote_first(password).filter(|password| !password.starts_with(['<', '[', '|', '*', '/', ':', '=']))
    }),
    Format(
        "markdown code",
        "a.md",
        "# A\n\nThe password is `@` now.\n",
        |password| without(password, "`"),
    ),
    Format("text =", "a.txt", "client\ndb_password = @\n", |password| {
        no_quote_first(password).filter(|password| !password.starts_with(['<', '[', '|', '*', '/', ':', '=']))
    }),
    Format(
        "diff",
        "a.patch",
        "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n+password: PASSWORD\n",
        yaml_plain,
    ),
    Format("python", "a.py", "password = \"@\"\n", double),
    Format(
        "python default",
        "a.py",
        "p.add_argument(\"--password\", default='@')\n",
        |password| escaped(password, "'\\"),
    ),
    Format("javascript", "a.js", "const password = '@';\n", |password| {
        escaped(password, "'\\")
    }),
    Format("java", "A.java", "ds.setPassword(\"@\".toCharArray());\n", double),
    Format(
        "rust",
        "a.rs",
        "static DB_PASSWORD: &'static str = \"@\";\n",
        double,
    ),
    Format("c", "a.c", "static const char password[] = \"@\";\n", double),
    Format(
        "csharp",
        "a.cs",
        "public string Password { get; set; } = \"@\";\n",
        double,
    ),
    Format(
        "ado.net",
        "a.cs",
        "var c = \"Server=db;User Id=shop;Password=@;Encrypt=true\";\n",
        connection,
    ),
    Format(
        "java wrapped",
        "A.java",
        "String password =\n    \"@\";\n",
        double,
    ),
    Format(
        "java argument",
        "A.java",
        "keyStore.load(in, \"@\".toCharArray());\n",
        double,
    ),
    Format(
        "php",
        "a.php",
        "$d = new PDO('mysql:host=db', 'app', '@');\n",
        |password| escaped(password, "'\\"),
    ),
    Format(
        "python auth",
        "a.py",
        "r = requests.get(u, auth=('app', '@'))\n",
        |password| escaped(password, "'\\"),
    ),
    Format(
        "python wrapped",
        "a.py",
        "password = (\n    '@'\n)\n",
        |password| escaped(password, "'\\"),
    ),
    Format(
        "notebook",
        "a.ipynb",
        "{\"cells\": [{\"source\": [\n   \"import os\\n\",\n   \"password = '@'\\n\"\n  ]}]}\n",
        |password| without(password, "'\\").and_then(|password| double(&password)),
    ),
    Format(
        "json in json",
        "a.json",
        "{\"config\": \"{\\\"user\\\": \\\"app\\\", \\\"password\\\": \\\"@\\\"}\"}\n",
        json_twice,
    ),
    Format(
        "json in yaml",
        "a.yaml",
        "data: '{\"user\": \"app\", \"password\": \"@\"}'\n",
        |password| doubled(&double(password)?),
    ),
    Format(
        "helm b64enc",
        "templates/a.yaml",
        "data:\n  password: {{ b64enc \"@\" | quote }}\n",
        double,
    ),
    Format(
        "odbc {x}",
        "a.cs",
        "var c = \"Driver={ODBC Driver 17};Server=db;UID=app;PWD={@};\";\n",
        |password| double(&password.replace('}', "}}")),
    ),
    Format(
        "libpq 'x'",
        "a.py",
        "c = \"host=db user=app password='@' dbname=x\"\n",
        |password| without(password, "\"'\\"),
    ),
    Format(
        "libpq",
        "a.yaml",
        "dsn: host=db user=app password=@ dbname=x\n",
        |password| without(password, "\"'\\#"),
    ),
    Format("pgpass", ".pgpass", "db:5432:shop:app:@\n", |password| {
        escaped(password, ":\\")
    }),
    Format("chap-secrets", "chap-secrets", "app * \"@\" *\n", double),
    Format(
        "odbc.ini",
        "odbc.ini",
        "[shop]\nDriver = x\nPassword = @\n",
        no_quote_first,
    ),
    Format("redis.conf", "redis.conf", "requirepass \"@\"\n", double),
    Format(
        "log",
        "a.log",
        "INFO sent {\"user\": \"app\", \"password\": \"@\"}\n",
        double,
    ),
    Format(
        "reStructuredText",
        "a.rst",
        "Login\n=====\n\n.. code-block:: yaml\n\n    db:\n      password: \"@\"\n",
        double,
    ),
    Format(
        "asciidoc",
        "a.adoc",
        "= A\n\n[source,ini]\n----\n[db]\npassword = \"@\"\n----\n",
        double,
    ),
    Format(
        "header",
        "a.har",
        "{\"headers\": [{\"name\": \"Authorization\", \"value\": \"Bearer @\"}]}\n",
        token,
    ),
    Format("mysql -p", "a.sh", "mysql -u root -p'@' shop\n", |password| {
        without(password, "'")
    }),
    Format("sshpass", "a.sh", "sshpass -p '@' ssh a@b\n", |password| {
        without(password, "'")
    }),
];

/// Letters, digits and three punctuation characters at random positions.
pub(crate) fn password(seed: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const MARKS: &[u8] = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut below = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let mut password: Vec<u8> = (0..16).map(|_| LETTERS[below(LETTERS.len())]).collect();
    let mut marks = 0;
    while marks < 3 {
        let at = below(16);
        if password[at].is_ascii_alphanumeric() {
            password[at] = MARKS[below(MARKS.len())];
            marks += 1;
        }
    }
    String::from_utf8(password).expect("ASCII")
}

/// The text of a format with a password in it, and its position.
pub(crate) fn written(format: &Format, password: &str) -> Option<(String, (usize, usize))> {
    let Format(_, _, template, write) = format;
    let password = write(password)?;
    let mark = if template.contains("PASSWORD\n") && template.contains("@@") {
        "PASSWORD"
    } else {
        "@"
    };
    let at = template.find(mark).expect("a place");
    let text = format!("{}{password}{}", &template[..at], &template[at + mark.len()..]);
    Some((text, (at, at + password.len())))
}

/// Formats with a reference parser in Python, and the path to the password. "yaml db password" is
/// `yaml.safe_load(text)["db"]["password"]`.
#[allow(dead_code, reason = "the test of the whole needs no second opinion")]
pub(crate) const REFERENCES: &[(&str, &str)] = &[
    ("dotenv", "dotenv DB_PASSWORD"),
    ("dotenv 'x'", "dotenv DB_PASSWORD"),
    ("dotenv \"x\"", "dotenv DB_PASSWORD"),
    ("yaml", "yaml db password"),
    ("yaml 'x'", "yaml db password"),
    ("yaml \"x\"", "yaml db password"),
    ("yaml |", "yaml db password"),
    ("yaml >", "yaml db password"),
    ("yaml {x}", "yaml db password"),
    ("yaml {\"x\"}", "yaml db password"),
    ("yaml name/value", "yaml env 0 value"),
    ("yaml name/value \"x\"", "yaml env 0 value"),
    ("yaml Default", "yaml Parameters DBPassword Default"),
    ("ini", "ini db password"),
    ("ini tight", "ini db password"),
    ("toml \"x\"", "toml db password"),
    ("toml 'x'", "toml db password"),
    ("toml \"\"\"x", "toml db password"),
    ("toml {x}", "toml db password"),
    ("json", "json password"),
    ("json name/value", "json environment 0 value"),
    ("json default", "json parameters dbPassword defaultValue"),
    ("xml element", "xml ./password text"),
    ("xml cdata", "xml ./password text"),
    ("xml attribute", "xml . password"),
    ("xml add", "xml . value"),
    ("xml property", "xml . text"),
    ("xml setting", "xml ./value text"),
    ("plist", "xml ./string text"),
    ("shell", "shell DB_PASSWORD"),
    ("shell 'x'", "shell DB_PASSWORD"),
    ("shell \"x\"", "shell DB_PASSWORD"),
    ("netrc", "netrc git.corp.test"),
    ("csv", "csv password"),
    ("csv \"x\"", "csv password"),
    ("sql insert", "sqlite users password"),
    ("python", "python password"),
    ("notebook", "notebook password"),
    ("json in json", "json config json password"),
    ("json in yaml", "yaml data json password"),
    ("mysql -p", "words 3 -p"),
    ("sshpass", "words 2"),
    ("chap-secrets", "words 2"),
];
