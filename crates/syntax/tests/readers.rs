//! Tests each reader: a file name, a text with the value between ‹ and ›, or without them if the name has no
//! literal value.

use keysift_finding::Span;
use keysift_syntax::readers::{self, Reading, Syntax, TRIGGERS, read};

/// Words that trigger names, as in the rules, and those that trigger commands.
fn words() -> impl Iterator<Item = &'static str> {
    [
        "passw",
        "secret",
        "token",
        "pwd",
        "_pw",
        "bindpw",
        "auth",
        "pass:",
        "pass ",
        "createhmac(",
        "cookieparser(",
        "mysqli",
        "mysql_connect",
        "ldap_bind",
        "simple_bind",
        "jwt.sign",
        "tochararray",
        "jwt.",
        "pw ",
        "pdo(",
    ]
    .into_iter()
    .chain(TRIGGERS.iter().copied())
}

/// All values that are read in a text.
fn values(file: &str, text: &str) -> Vec<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for word in words() {
        for (at, _) in lower.match_indices(word) {
            let reading = read(
                text.as_bytes(),
                Span::new(at, at + word.trim_end().len().min(3)),
                Syntax::of(file, text.as_bytes()),
            );
            if let Reading::Entries(entries) = reading {
                // The judge rejects `secret_name` and `it`.
                let counts = entries.iter().filter(|entry| {
                    (!entry.loose || entry.text.len() > 4)
                        && !text[entry.name.start..entry.name.end].ends_with("_name")
                });
                found.extend(counts.map(|entry| (entry.value.start, entry.value.end)));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A text without its marks, and the positions between them.
fn marked(marked: &str) -> (String, Vec<(usize, usize)>) {
    let mut expected = Vec::new();
    let mut text = String::new();
    for char in marked.chars() {
        match char {
            '‹' => expected.push((text.len(), 0)),
            '›' => expected.last_mut().expect("opened").1 = text.len(),
            char => text.push(char),
        }
    }
    (text, expected)
}

#[track_caller]
fn check(file: &str, text: &str) {
    let (text, expected) = marked(text);
    let read = values(file, &text);
    let shown: Vec<_> = read.iter().map(|(start, end)| &text[*start..*end]).collect();
    assert_eq!(read, expected, "{file}: {text}\nread {shown:?}");
}

#[test]
fn commands_and_their_options() {
    for line in [
        "docker login -u ci -p ‹aB3!x%› registry.test",
        "podman login registry.test -u ci -p '‹a b›'",
        "helm registry login registry.test -u ci -p ‹x›",
        "az login --service-principal -u 1 -p ‹x› --tenant t",
        "mysql -u root -p‹x› shop",
        "mysql -u root -p'‹x y›' shop",
        "mysql -u root -p shop",
        "mysqldump --user=root -p‹x› shop",
        "redis-cli -h c -a ‹x› ping",
        "sshpass -p ‹x› ssh a@b",
        "sshpass -p‹x› ssh a@b",
        "mongosh -u root -p ‹x›",
        "ldapsearch -x -D cn=a -w ‹x› -b dc=a",
        "sqlcmd -S h -U sa -P ‹x› -Q q",
        "openssl pkcs12 -in a.p12 -passin pass:‹x› -nodes",
        "keytool -storepass ‹x› -list",
        "echo 'root:‹x›' | chpasswd",
        "echo '‹x›' | docker login -u ci --password-stdin registry.test",
        "printf '%s' ‹x› | helm registry login -u a --password-stdin r.test",
        "htpasswd -bc f ops ‹x›",
        "htpasswd -c f ops",
        "aws configure set aws_secret_access_key ‹x›",
        "smbclient //h/s -U app%‹x›",
        "sqlplus app/‹x›@db",
        "docker login -u ci \\\n  -p ‹x› registry.test",
        "mkdir -p build/docker-login-state",
        "docker run -p 8080:80 -a stdout x",
        "docker login -u ci -p",
    ] {
        check("a.sh", line);
        check("README.md", line);
        if !line.contains('\n') && !line.contains('\'') {
            check("a.yml", &format!("job:\n  script:\n    - {line}\n"));
            check("Dockerfile", &format!("FROM a\nRUN {line}\n"));
            check("a.py", &format!("os.system('{line}')\n"));
        }
    }
    check(
        "compose.yaml",
        "test: [\"CMD\", \"redis-cli\", \"-a\", \"‹x(y›\", \"ping\"]",
    );
    check("a.py", "run([\"mysql\", \"-u\", \"root\", \"-p‹x›\"])");
}

#[test]
fn names_and_values_apart() {
    for (file, text) in [
        (
            "a.yml",
            "variables:\n- name: dbPassword\n  value: ‹x(y›\n- name: other\n  value: z\n",
        ),
        (
            "a.yml",
            "variables:\n  DB_PASSWORD:\n    value: \"‹x›\"\n    description: d\n",
        ),
        (
            "a.yml",
            "inputs:\n  db_password:\n    description: d\n    default: ‹x›\n",
        ),
        (
            "a.yml",
            "p:\n- value: ‹x›\n  name: db_password\n- name: y\n  value: z\n",
        ),
        (
            "a.yml",
            "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: {name: a, key: b}\n- name: X\n  value: y\n",
        ),
        ("a.yml", "- {name: DB_PASSWORD, value: ‹x›}\n"),
        ("a.yml", "- {\"value\": \"‹x›\", \"name\": \"DB_PASSWORD\"}\n"),
        ("a.yml", "DB_PASSWORD:\n  type: string\nOTHER:\n  default: x\n"),
        (
            "a.json",
            "[{\"name\":\"DB_PASSWORD\",\"value\":\"‹x›\"},{\"name\":\"B\",\"value\":\"y\"}]",
        ),
        (
            "a.json",
            "{\"values\":[{\"value\":\"‹x›\",\"key\":\"password\",\"type\":\"secret\"}]}",
        ),
        (
            "a.json",
            "{\"adminPassword\": {\"type\": \"securestring\", \"defaultValue\": \"‹x›\"}}",
        ),
        (
            "a.json",
            "{\"adminPassword\": {\"reference\": {\"value\": \"x\"}}}",
        ),
        (
            "a.tf",
            "variable \"db_password\" {\n  type = string\n  default = \"‹x›\"\n}\n",
        ),
        (
            "a.tf",
            "variable \"db_password\" {\n  type = string\n}\nvariable \"b\" {\n  default = \"x\"\n}\n",
        ),
        (
            "a.tf",
            "resource \"g\" \"v\" {\n  key = \"DB_PASSWORD\"\n  masked = true\n  value = \"‹x›\"\n}\n",
        ),
        (
            "a.tf",
            "resource \"s\" \"v\" {\n  secret_name = \"DEPLOY_TOKEN\"\n  plaintext_value = \"‹x›\"\n}\n",
        ),
        (
            "a.tf",
            "resource \"p\" \"v\" {\n  name = \"/prod/db/password\"\n  value = \"‹x›\"\n}\n",
        ),
        (
            "a.tf",
            "set_sensitive {\n  name = \"auth.password\"\n  value = \"‹x›\"\n}\n",
        ),
        (
            "a.toml",
            "[[env]]\nname = \"DB_PASSWORD\"\nvalue = \"‹x›\"\n\n[[env]]\nname = \"b\"\nvalue = \"y\"\n",
        ),
        (
            "a.xml",
            "<property><name>db.password</name><value>‹x›</value></property>",
        ),
        ("a.xml", "<add value=\"‹x›\" key=\"db_password\"/>"),
        (
            "a.config",
            "<setting name=\"Password\" serializeAs=\"String\">\n<value>‹x›</value></setting>",
        ),
        ("a.plist", "<key>db_password</key>\n<string>‹x›</string>"),
    ] {
        check(file, text);
    }
}

#[test]
fn literals_in_program_syntax() {
    for (file, text) in [
        ("a.rs", "static DB_PASSWORD: &'static str = \"‹x›\";"),
        ("a.rs", "let password = String::from(\"‹x›\");"),
        ("a.rs", "let db_password = SecretString::from(\"‹x›\");"),
        ("a.py", "password = str(\"‹x›\")"),
        ("a.py", "parser.add_argument(\"--password\", default=\"‹x›\")"),
        ("a.py", "db_password = Field(default=\"‹x›\")"),
        ("a.py", "password: SecretStr = SecretStr(\"‹x›\")"),
        ("a.py", "r = requests.get(u, auth=('svc', '‹x›'))"),
        ("A.java", "@Value(\"${db.password:‹x›}\")"),
        ("A.java", "new SecretKeySpec(\"‹x›\".getBytes(), \"AES\")"),
        ("a.cpp", "static const char password[] = \"‹x›\";"),
        ("a.cpp", "strcpy(password, \"‹x›\");"),
        ("a.cs", "public string Password { get; set; } = \"‹x›\";"),
        ("a.rb", "set :db_password, '‹x›'"),
        ("a.php", "$d = new PDO('mysql:host=db', 'shop', '‹x›');"),
        ("a.js", "createHmac('sha256', '‹x›')"),
        ("a.js", "app.use(cookieParser('‹x›'))"),
        ("A.java", "keyStore.load(in, \"‹x›\".toCharArray());"),
        ("A.java", "String s = \"x\".toCharArray();"),
        ("a.php", "mysqli_connect(\"db\", 'shop', '‹x›');"),
        ("a.php", "mysqli_connect($h, $u, 'x' . $p);"),
        ("a.php", "ldap_bind($c, 'cn=a', '‹x›');"),
        ("a.rb", "req.basic_auth 'app', '‹x›'"),
        ("a.go", "u.User = url.UserPassword(\"app\", \"‹x›\")"),
        ("a.js", "jwt.sign(payload, '‹x›')"),
        ("a.js", "design(a, 'x')"),
        ("a.py", "# login if 'a', 'b'"),
        ("a.py", "s.auth = ('svc', '‹x›')"),
        ("a.js", "x = {password: '‹a=b›', y: 1}"),
        ("a.ipynb", "   \"db_password = '‹a\\\"b›'\\n\","),
        ("a.json", "{\"c\": \"{\\\"password\\\": \\\"‹a=b›\\\"}\"}"),
        ("a.py", "password = get(\"x\")"),
        ("a.py", "password = os.environ[\"X\"]"),
        ("a.rs", "let password = decrypt(\"x\");"),
    ] {
        // Triggers are compared in lower case.
        check(file, text);
    }
}

#[test]
fn directives_and_prose() {
    for (file, text) in [
        ("a.conf", "bindpw ‹x(y›\n"),
        ("a.conf", "user admin insecure-password ‹x›\n"),
        ("a.conf", "bindpw ‹a=b›\n"),
        ("a.cfg", "  stats auth ops:‹x:y›\n"),
        ("ks.cfg", "rootpw --plaintext ‹x›\n"),
        ("a.conf", "db { password = \"‹x›\" }\n"),
        ("a.sh", "cat <<'EOF' > .env\nDB_PASSWORD=‹a(b›\nEOF\n"),
        ("a.sh", "cat <<EOF > .env\nX=1\nEOF\nDB_PASSWORD=‹a›(b\n"),
        ("a.csh", "setenv DB_PASSWORD ‹x›\n"),
        ("a.fish", "set -x DB_PASSWORD ‹x›\n"),
        ("a.conf", "// the password is set by hand\n"),
        ("a.md", "The password is base64 encoded, not encrypted.\n"),
        ("a.ini", "# password of the user: see the manual\n"),
        ("login.txt", "Password: ‹rV7c2x&Q0hK#RB›\n"),
        ("a.md", "The password is ‹rV7c2x&Q0hK#RB›, as before.\n"),
        ("a.md", "| password | `‹rV7c2x›` |\n"),
        ("a.md", "The password: it is kept elsewhere\n"),
        ("a.md", "```yaml\npassword: ‹a(b›\n```\n"),
        ("a.md", "```yaml\na: b\n```\n"),
        (
            "a.sql",
            "INSERT INTO u (n, password) VALUES ('a', '‹x›'), ('b', '‹y''z›');\n",
        ),
        ("a.sql", "SELECT password FROM u;\n"),
        ("a.csv", "user,password\na,‹x›\nb,\"‹y,z›\"\n"),
        (".netrc", "machine a login b\n  password ‹x#y›\n"),
        ("a.patch", "+++ b/.env\n@@\n+DB_PASSWORD=‹x(y›\n"),
        ("a.sh", "export DB_PASSWORD=‹a\\;b›; run\n"),
    ] {
        check(file, text);
    }
}

#[test]
fn connection_strings() {
    for (file, text) in [
        ("a.cs", "\"Server=db;User Id=a;Password=‹x(y›;Encrypt=true\""),
        ("a.cs", "\"Server=db;Password='‹x;y''z›';\""),
        ("a.cs", "\"Server=db;Password=\\\"‹x;y›\\\";\""),
        ("a.cs", "\"Driver={ODBC 17};Server=db;PWD={‹x;}}y›};\""),
        ("a.cs", "$\"Server=db;Password={pw};\""),
        ("a.cs", "$\"Server=db;Pwd={config[\"Pw\"]};\""),
        ("a.cs", "\"Server={0};Password={2};\""),
        ("a.py", "\"Server=%s;Uid=%s;Pwd=%s\" % x"),
        ("a.py", "f\"Driver={{ODBC}};Server={s};PWD={p}\""),
        (
            "a.json",
            "{\"F\": \"Server=x;User ID=sa;Password={your_password};\"}",
        ),
        ("a.json", "{\"F\": \"Server=x;User ID=sa;Password=‹a<b›;\"}"),
        ("a.yaml", "dsn: Server=db;Password=‹x&y›;Encrypt=true\n"),
        ("a.yaml", "dsn: host=db user=a password=‹x@y› sslmode=require\n"),
        ("a.py", "c(\"host=db password='‹x y›' user=a\")"),
        ("a.py", "c(f\"host=db password={pw} user=a\")"),
        ("a.go", "fmt.Sprintf(\"host=%s password=%s\", h, p)"),
        ("a.config", "<add connectionString=\"Server=db;Password=‹x›;\"/>"),
    ] {
        check(file, text);
    }
}

#[test]
fn headers_with_tokens_of_any_length() {
    for (file, text) in [
        ("a.md", "curl -H \"Authorization: Bearer ‹aB3-x_9z›\" \\\n"),
        ("a.sh", "curl -H 'authorization: token ‹aB3-x_9z›' h"),
        ("a.js", "headers: {\"Authorization\": \"Bearer ‹aB3-x_9z›\"}"),
        (
            "a.har",
            "{\"name\": \"Authorization\", \"value\": \"Bearer ‹aB3-x_9z›\"}",
        ),
        ("a.sh", "curl -H \"Authorization: Bearer $TOKEN\""),
        ("a.sh", "curl -H \"Authorization: Bearer abc${X}\""),
    ] {
        check(file, text);
    }
}

#[test]
fn templates_and_references_of_yaml() {
    for (file, text) in [
        ("a.yaml", "  password: {{ \"‹x%y›\" | b64enc | quote }}\n"),
        ("a.yaml", "  password: {{ b64enc \"‹x%y›\" | quote }}\n"),
        ("a.yaml", "  password: {{ .Values.p | default \"‹x›\" }}\n"),
        (
            "a.yaml",
            "  password: {{ if .p }}\"{{ .p }}\"{{ else }}\"‹x›\"{{ end }}\n",
        ),
        ("a.yaml", "  password: {{ printf \"%s-x\" .p | b64enc }}\n"),
        ("a.yaml", "  password: {{ eq .a \"x\" }}\n"),
        ("a.yaml", "  password: {{ required \"set a password\" .p }}\n"),
        ("a.yml", "  password: <%= ENV['X'] || '‹x›' %>\n"),
        ("a.yml", "  password: <%= ENV['X'] %>\n"),
        ("a.yaml", "a: &p ‹x›\npassword: *p\n"),
        ("a.yaml", "args:\n- --password\n- ‹x›\n- y\n"),
        ("a.yaml", "args:\n- --password\n- --other\n"),
        (
            "user-data.yaml",
            "chpasswd:\n  list: |\n    root:‹x:y›\n    a:‹z›\n",
        ),
    ] {
        check(file, text);
    }
}

#[test]
fn files_of_logins() {
    for (file, text) in [
        (".pgpass", "# a\ndb:5432:*:app:‹x\\:y›\n\ndb:1:a:b\n"),
        ("chap-secrets", "app * ‹x› *\n\"a b\"\tsrv\t\"‹x y›\"\n"),
        ("sasl_passwd", "[smtp.test]:587 app:‹x:y›\n"),
        (".htpasswd", "a:{PLAIN}‹x›\nb:$apr1$x$y\n"),
    ] {
        let (text, expected) = marked(text);
        let entries = readers::logins(text.as_bytes(), file);
        let read: Vec<_> = entries
            .iter()
            .map(|entry| (entry.value.start, entry.value.end))
            .collect();
        assert_eq!(read, expected, "{file}: {text}");
    }
}

#[test]
fn the_password_rule_has_every_command_trigger() {
    let rules = include_str!("../../../patterns/generic.yaml");
    for trigger in TRIGGERS {
        assert!(rules.contains(&format!("'{trigger}'")), "{trigger}");
    }
}

/// Every reader at every position of hostile texts: no panic, and bounded work.
#[test]
fn any_bytes_are_read() {
    let pieces: &[&[u8]] = &[
        b"password",
        b"\"",
        b"'",
        b"{",
        b"}",
        b"[",
        b"(",
        b")",
        b"=",
        b": ",
        b"\n",
        b"\r\n",
        b"\\",
        b"<",
        b">",
        b"|",
        b"- ",
        b"#",
        b"name",
        b"value",
        b"default",
        b" ",
        b"`",
        b"$",
        b"\xff",
        b"\0",
        b"${",
        b"mysql -",
        b"-p",
        b"```",
        b"<<",
        b",",
        b"<![CDATA[",
        b"auth",
        b"&",
    ];
    let files = [
        "a.yaml",
        ".env",
        "a.properties",
        "a.ini",
        "a.toml",
        "a.json",
        "a.xml",
        "a.tf",
        "a.sh",
        "Dockerfile",
        "a.sql",
        ".netrc",
        "a.csv",
        "a.md",
        "a.patch",
        "a.py",
        "a.bat",
    ];
    let mut state = 7u64;
    let mut next = |bound: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    for round in 0..6000 {
        let mut text: Vec<u8> = if round % 5 == 0 {
            b"+++ b/a.yaml\n+".to_vec()
        } else {
            Vec::new()
        };
        for _ in 0..next(40) {
            text.extend_from_slice(pieces[next(pieces.len())]);
        }
        let syntax = Syntax::of(files[next(files.len())], &text);
        for at in 0..text.len() {
            let _ = read(&text, Span::new(at, text.len().min(at + 3)), syntax);
        }
    }
}
