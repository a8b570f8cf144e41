//! Generated cases of kinds that must be found, and of their opposites: one literal in one file, judged with everything around it.
//!
//! Each kind is written with many values. The thresholds are shares, because a model weighs: what a kind must keep, not what it happens
//! to reach.

use keysift_finding::{Blob, Confidence, Location, Origin};
use keysift_scan::{Options, Scanner};

use crate::common::builtin_rules;

/// How many cases there are of each kind.
const CASES: u64 = 40;

/// Numbers that look like chance, always the same ones.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn one<'w>(&mut self, of: &[&'w str]) -> &'w str {
        of[self.below(of.len())]
    }

    fn characters(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len)
            .map(|_| char::from(alphabet[self.below(alphabet.len())]))
            .collect()
    }
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const WORDS: &[&str] = &[
    "acorn", "atlas", "birch", "blossom", "cactus", "canary", "cliff", "comet", "dune", "fjord", "gravel",
    "heron", "iris", "jasper", "kelp", "lark", "lichen", "maple", "nutmeg", "orchid", "pine", "quail",
    "reef", "sparrow", "thistle", "tundra", "umber", "vine", "wren", "yarrow",
];

const WEAK: &[&str] = &[
    "changeme",
    "admin",
    "password",
    "postgres",
    "root",
    "letmein",
    "welcome",
    "changeme123",
    "admin123",
    "guest",
];

/// Fills in what stands for generated parts: `{word}`, `{Word}`, `{number}`, `{random}`, `{long}`, `{human}`, `{weak}`, `{words}`,
/// `{phrase}`, `{base64}`, `{hex}`.
fn filled(template: &str, seed: u64) -> String {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut text = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map(|len| open + len);
        let Some(part) = close.and_then(|close| made(&rest[open + 1..close], &mut chance)) else {
            text.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
            continue;
        };
        text.push_str(&rest[..open]);
        text.push_str(&part);
        rest = &rest[close.expect("closed") + 1..];
    }
    text + rest
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn made(what: &str, chance: &mut Chance) -> Option<String> {
    let word = chance.one(WORDS);
    let other = chance.one(WORDS);
    let number = chance.below(90) + 10;
    let len = chance.below(9);
    Some(match what {
        "word" => word.to_owned(),
        "Word" => capital(word),
        "number" => number.to_string(),
        "weak" => chance.one(WEAK).to_owned(),
        "random" => chance.characters(ALPHANUMERIC, 13 + len),
        "long" => chance.characters(ALPHANUMERIC, 24 + len),
        "hex" => chance.characters(b"0123456789abcdef", 64),
        "base64" => chance.characters(ALPHANUMERIC, 240),
        "words" => format!("{word}-{other}-{}-{}", chance.one(WORDS), chance.one(WORDS)),
        "phrase" => format!("{word} {other} {} {}", chance.one(WORDS), chance.one(WORDS)),
        "human" => match number % 4 {
            0 => format!("iLove{}{number}", capital(word)),
            1 => format!("{}{}!", capital(word), 1960 + number),
            2 => format!("{word}!{other}{number}"),
            _ => format!("my{}{number}", capital(word)),
        },
        _ => return None,
    })
}

/// A kind: its name, the path, the text. The line of what must be found begins with `>`.
type Kind = (&'static str, &'static str, &'static str);

/// Whether a case has what it must have: a finding on the marked line, or none at all.
fn holds(scanner: &Scanner, (_, path, template): Kind, seed: u64) -> Result<(), String> {
    let marked = template.lines().position(|line| line.starts_with('>'));
    let text: String = template
        .lines()
        .map(|line| filled(line.strip_prefix('>').unwrap_or(line), seed) + "\n")
        .collect();
    let mut buffer = text.clone().into_bytes();
    buffer.resize(text.len() + Blob::PADDING, 0);
    let origin = Origin::File(Location::named(path));
    let findings = scanner.scan(&Blob::whole(&origin, &buffer, text.len())).findings;
    let mut lines = findings
        .iter()
        .filter(|finding| finding.confidence > Confidence::Low)
        .filter(|finding| {
            finding.rule.id.contains("secret")
                || finding.secret.is_some()
                || finding.rule.id.contains("credential")
        })
        .map(|finding| (text[..finding.span.start].matches('\n').count(), &finding.rule.id));
    let line = |number: usize| text.lines().nth(number).unwrap_or_default().to_owned();
    match marked {
        Some(marked) if lines.any(|(found, _)| found == marked) => Ok(()),
        Some(marked) => Err(format!("not found: {}", line(marked))),
        None => lines
            .next()
            .map_or(Ok(()), |(found, rule)| Err(format!("{rule}: {}", line(found)))),
    }
}

/// Tries all kinds: at least `least` of a hundred cases of each must hold.
fn all(kinds: &[Kind], least: usize) {
    let scanner = Scanner::new(builtin_rules(), Options::default()).unwrap();
    let mut faults = Vec::new();
    for kind in kinds {
        let mut failed: Vec<String> = (0..CASES)
            .filter_map(|seed| holds(&scanner, *kind, seed).err())
            .collect();
        let held = CASES as usize - failed.len();
        if held * 100 < CASES as usize * least {
            failed.truncate(4);
            faults.push(format!(
                "{}: {held} of {CASES}\n    {}",
                kind.0,
                failed.join("\n    ")
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} kinds:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// A user and a host, as beside a login.
const LOGIN: &str = "DB_HOST={word}.internal\nDB_USER=shop\n";

#[test]
fn names_in_other_spellings_and_languages_are_found() {
    let mut kinds = Vec::new();
    for name in [
        "DBPASS",
        "PGPASS",
        "MYSQLPASS",
        "BINDPW",
        "ROOT_PSW",
        "DB_PSWD",
        "PASS1",
        "dbPass2",
        "PASS_PHRASE",
        "KENNWORT",
        "PASSWORT",
        "MOTDEPASSE",
        "CONTRASENA",
        "SENHA",
        "WACHTWOORD",
        "HASLO",
        "HESLO",
        "SALASANA",
        "DB_PAROLA",
        "LOZINKA",
        "SIFRE",
        "JELSZO",
        "LOSENORD",
        "ADGANGSKODE",
        "GESLO",
    ] {
        let text = format!("{LOGIN}>{name}={{random}}\n");
        kinds.push((name, "prod.env", &*text.leak()));
    }
    all(&kinds, 90);
}

#[test]
fn weak_passwords_of_what_is_deployed_are_found() {
    all(
        &[
            (
                "compose",
                "compose.yaml",
                "services:\n  db:\n    image: mysql:8\n    environment:\n>      - MYSQL_ROOT_PASSWORD={weak}\n",
            ),
            (
                "compose default",
                "docker-compose.yml",
                "services:\n  db:\n    image: postgres:16\n    environment:\n>      POSTGRES_PASSWORD: ${DB_PASSWORD:-{weak}}\n",
            ),
            (
                "Helm values",
                "values.yaml",
                "postgresql:\n  auth:\n    username: shop\n>    password: {weak}\n",
            ),
            (
                "HelmRelease",
                "release.yaml",
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: b}\nspec:\n  values:\n    grafana:\n>      adminPassword: {weak}\n",
            ),
            (
                "Terraform",
                "main.tf",
                "resource \"azurerm_mssql_server\" \"a\" {\n  name = \"{word}\"\n  administrator_login = \"sqladmin\"\n>  administrator_login_password = \"{weak}\"\n}\n",
            ),
            (
                "Spring properties",
                "src/main/resources/application.properties",
                "spring.datasource.url=jdbc:mysql://{word}.internal:3306/shop\nspring.datasource.username=shop\n>spring.datasource.password={weak}\n",
            ),
            (
                "Rails",
                "config/database.yml",
                "production:\n  adapter: mysql2\n  host: {word}.internal\n  username: shop\n>  password: {weak}\n",
            ),
            (
                "settings",
                "conf/app.ini",
                "[mail]\nhost = {word}.internal\nuser = shop\n>password = {weak}\n",
            ),
        ],
        95,
    );
}

#[test]
fn passwords_that_people_choose_are_found_in_configuration() {
    all(
        &[
            (
                "environment",
                ".env",
                "DB_HOST={word}.internal\nDB_USER=shop\n>DB_PASSWORD={human}\n",
            ),
            (
                "JSON",
                "appsettings.json",
                "{\n  \"Mail\": {\n    \"Host\": \"{word}.internal\",\n    \"User\": \"shop\",\n>    \"Password\": \"{human}\"\n  }\n}\n",
            ),
            (
                "sections",
                "conf/app.ini",
                "[mail]\nhost = {word}.internal\nuser = shop\n>password = {human}\n",
            ),
            (
                "PHP",
                "config.php",
                "<?php\n$db_host = '{word}.internal';\n$db_user = 'shop';\n>$db_password = '{human}';\n",
            ),
            (
                "SFTP",
                "sftp-config.json",
                "{\n  \"host\": \"{word}.internal\",\n  \"user\": \"shop\",\n>  \"password\": \"{human}\",\n  \"port\": \"22\"\n}\n",
            ),
            (
                "netrc",
                "deploy/.netrc",
                ">machine {word}.internal login shop password {human}\n",
            ),
            ("variables", "vars.yml", "db_user: shop\n>db_password: {human}\n"),
            (
                "passphrase",
                "deploy/app.env",
                "BACKUP_USER=shop\n>BACKUP_PASSPHRASE=\"{phrase}\"\n",
            ),
            (
                "passphrase in YAML",
                "config/backup.yml",
                "backup:\n  host: {word}.internal\n  user: shop\n>  passphrase: {phrase}\n",
            ),
        ],
        90,
    );
}

#[test]
fn secrets_that_sign_are_found_although_they_are_words() {
    let mut kinds = Vec::new();
    for name in [
        "JWT_SECRET",
        "SESSION_SECRET",
        "SECRET_KEY",
        "COOKIE_SECRET",
        "JWT_SIGNING_KEY",
    ] {
        let form = "services:\n  web:\n    image: shop:1\n    environment:\n>      NAME: VALUE\n";
        for value in ["{word}", "{words}"] {
            let text = form.replace("NAME", name).replace("VALUE", value);
            kinds.push((name, "compose.yml", &*text.leak()));
            if name != "SECRET_KEY" {
                let text = ">NAME=VALUE\nDB_HOST=db.internal\nDB_USER=shop\n";
                let text = text.replace("NAME", name).replace("VALUE", value);
                kinds.push((name, ".env", &*text.leak()));
            }
        }
    }
    all(&kinds, 85);
}

#[test]
fn files_of_secrets_and_short_headers_are_found() {
    all(
        &[
            ("YAML", "secrets.yaml", "service: shop\n>partner: {long}\n"),
            (
                "JSON",
                "config/secrets.json",
                "{\n  \"service\": \"shop\",\n>  \"upstream\": \"{long}\"\n}\n",
            ),
            ("environment", "secrets.env", ">UPSTREAM={long}\n"),
            (
                "bearer",
                "notes/handoff.md",
                "Call it:\n\n>    curl -H 'Authorization: Bearer {random}' https://api.{word}.internal/v1\n",
            ),
            (
                "header",
                "run.sh",
                "#!/bin/sh\n>curl -H 'X-Api-Token: {random}' https://{word}.internal/v1\n",
            ),
        ],
        85,
    );
}

#[test]
fn harmless_text_has_no_findings() {
    all(
        &[
            (
                "labels",
                "src/labels.ts",
                "export const labels = {\n  password: 'Jelszó',\n  newPassword: 'Nywila mpya',\n  token: 'Kode',\n};\n",
            ),
            (
                "bundle",
                "messages_sk.properties",
                "login.password=Heslo\nlogin.newPassword=Nové heslo\nlogin.forgotPassword=Zabudli ste heslo?\n",
            ),
            ("KMS", "app.env", "DB_PASSWORD=AQICAH{base64}\n"),
            (
                "SealedSecret",
                "config/app.yml",
                "db:\n  user: shop\n  password: AgB{base64}\n",
            ),
            (
                "Jasypt",
                "app.yml",
                "db:\n  user: shop\n  password: \"{cipher}{hex}\"\n",
            ),
            (
                "name of a Secret",
                "values.yaml",
                "db:\n  existingSecret: {word}-db-pw-v{number}\n  secretName: {word}-tls-{number}\nimagePullSecret: {word}-registry-{number}\n",
            ),
            (
                "ExternalSecret",
                "es.yaml",
                "apiVersion: external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata: {name: a}\nspec:\n  data:\n    - secretKey: {word}-password\n      remoteRef: {key: {word}-{number}, property: password}\n",
            ),
            (
                "pins",
                "Dockerfile",
                "FROM alpine:3\nRUN apk add pass=1.7.{number} token=2.1.{number} secret-tool=0.{number}.0-r1\n",
            ),
            (
                "plugins",
                "plugins.txt",
                "credentials:1415.v831096eb_5534\nplain-credentials:{number}.va_de8f1dd5a_2b\npassword:1.{number}\n",
            ),
            (
                "checksum",
                "d.yaml",
                "metadata:\n  annotations:\n    checksum/secret: {hex}\n    checksum/token: {hex}\n",
            ),
            (
                "interface",
                "openapi.yaml",
                "openapi: \"3.0.1\"\npaths:\n  /login:\n    post:\n      example:\n        password: \"{human}\"\n        token: \"{long}\"\n",
            ),
            (
                "switches",
                "app.env",
                "ALLOW_EMPTY_PASSWORD=yes\nRESET_PASSWORD=always\nPASSWORD_REQUIRED=on\nREMEMBER_PASSWORD=never\n",
            ),
            (
                "asking",
                ".env",
                "DB_PASSWORD=ChooseAStrongPassword{number}!\nAPI_TOKEN=to-be-replaced\nSECRET_KEY=use-openssl-rand-hex-32\n",
            ),
            (
                "sed",
                "run.sh",
                "#!/bin/sh\nsed -i 's/PASSWORD=.*/PASSWORD='\"$PW\"'/' {word}.env\nsed -e 's/token=[^&]*/token=***/g' log\n",
            ),
            (
                "quoting",
                "run.sh",
                "#!/bin/sh\nmysql -uroot -p\"$PW\" -e \"SET PASSWORD='\"$NEW\"'\"\nPASSWORD=\"$(cat /run/secrets/{word})\"\n",
            ),
            (
                "patterns",
                "lib/mime.rb",
                "MIME_PARAMETER_KEY = /[^\\s;,=]+/\nPASSWORD = '^(?=.*[A-Z])(?=.*\\d).{8,}$'\nMIME_TOKEN = \"\\A[\\w!#$%&'*+.^`|~-]+\\z\"\n",
            ),
            (
                "dummies",
                "tests/test_login.py",
                "def test_a():\n    client = Client(password='{word}{number}', token='{word}-token')\n    assert client.ok\n",
            ),
            (
                "random in a test",
                "tests/test_login.py",
                "def test_a():\n    password = '{random}'\n    assert login(password)\n",
            ),
            (
                "keys of settings",
                "src/Keys.java",
                "class Keys {\n  static final String TOKEN_KEY = \"{word}_token\";\n  static final String API_KEY_PARAM = \"{word}.apiKey\";\n}\n",
            ),
        ],
        98,
    );
}
