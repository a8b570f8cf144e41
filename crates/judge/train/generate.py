#!/usr/bin/env python3
"""generate.py FOLDER [SEED]: files of all kinds with credentials and with what only looks like them, made up, and FOLDER/labels.tsv.

What is made: passwords of many shapes (generated, chosen by people, phrases) in the files that programs load; dummies of unit tests; texts of user
interfaces in twenty languages; placeholders; ciphertexts; hashes; names of Secrets; versions. labels.tsv: path, line, T (a credential) or F.
The first part of a path stands for a repository: train.py keeps those together. Nothing here is a live secret.
"""
import base64, pathlib, random, string, sys

FOLDER, SEED = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
REPOSITORIES = 40
rng = random.Random(SEED)
WORDS = """amber anchor apple arrow autumn badger bakery bamboo banjo barrel basket beacon bicycle biscuit blanket bottle breeze bridge bucket butter button
cabin camera candle canyon carbon castle cedar cherry cinema clover cobalt coffee comet copper coral cotton crystal daisy dolphin dragon eagle ember falcon
feather fern fiddle forest fossil galaxy garden garlic ginger glacier goblin granite harbor hazel helmet hippo hollow honey island ivory jacket jasmine jungle
kettle kitten ladder lagoon lantern lemon lizard lobster magnet mango maple marble meadow mirror monkey mosaic mountain mustard nectar needle nickel noodle
oasis ocean olive onion otter oyster paddle panda parrot pebble pepper pickle pigeon planet pocket prairie puzzle quartz rabbit radar raven ribbon river rocket
saddle salmon shadow silver spider spruce summer sunset tiger timber tomato tulip tunnel turtle velvet violet walnut walrus whisker willow winter yellow zebra""".split()
NAMES = {
    "password": ["password", "passwd", "pass", "pwd", "passphrase", "pass phrase", "psw", "passwort", "wachtwoord", "senha", "heslo", "salasana", "haslo", "lozinka", "adgangskode", "mot de passe"],
    "secret": ["secret", "client secret", "secret key", "api key", "access key", "token", "auth token", "access token", "api token", "private key", "signing key", "jwt secret", "session secret", "encryption key", "cookie secret", "jwt signing key", "secret key base"],
}
OWNERS = "db database mysql postgres redis smtp mail admin root ldap ftp app service user backup mongo rabbit kafka proxy vault grafana bind replication keystore".split()
USERS = "app shop svc deploy backup admin root robot ledger reporter".split()
# Texts of user interfaces: "password", "new password", "forgot your password?", "repeat the password", then texts without it.
TEXTS = {
    "en": "Password|New password|Forgot your password?|Repeat the password|Sign in|Cancel|Your name|Please wait",
    "de": "Passwort|Neues Passwort|Passwort vergessen?|Passwort wiederholen|Anmelden|Abbrechen|Ihr Name|Bitte warten",
    "fr": "Mot de passe|Nouveau mot de passe|Mot de passe oublié ?|Répétez le mot de passe|Connexion|Annuler|Votre nom|Veuillez patienter",
    "es": "Contraseña|Nueva contraseña|¿Olvidaste tu contraseña?|Repita la contraseña|Entrar|Cancelar|Tu nombre|Espere por favor",
    "pt-BR": "Senha|Nova senha|Esqueceu a senha?|Repita a senha|Entrar|Cancelar|Seu nome|Aguarde",
    "it": "Password|Nuova password|Password dimenticata?|Ripeti la password|Accedi|Annulla|Il tuo nome|Attendere prego",
    "nl": "Wachtwoord|Nieuw wachtwoord|Wachtwoord vergeten?|Herhaal wachtwoord|Aanmelden|Annuleren|Uw naam|Even geduld",
    "sv": "Lösenord|Nytt lösenord|Glömt lösenordet?|Upprepa lösenordet|Logga in|Avbryt|Ditt namn|Vänta",
    "da": "Adgangskode|Ny adgangskode|Glemt adgangskode?|Gentag adgangskoden|Log ind|Annuller|Dit navn|Vent venligst",
    "fi": "Salasana|Uusi salasana|Unohditko salasanasi?|Toista salasana|Kirjaudu|Peruuta|Nimesi|Odota hetki",
    "pl": "Hasło|Nowe hasło|Nie pamiętasz hasła?|Powtórz hasło|Zaloguj|Anuluj|Twoje imię|Proszę czekać",
    "cs": "Heslo|Nové heslo|Zapomněli jste heslo?|Zopakujte heslo|Přihlásit|Zrušit|Vaše jméno|Čekejte prosím",
    "hu": "Jelszó|Új jelszó|Elfelejtett jelszó|Jelszó újra|Belépés|Mégse|A neved|Kérem várjon",
    "tr": "Şifre|Yeni şifre|Şifrenizi mi unuttunuz?|Şifreyi tekrarla|Giriş|İptal|Adınız|Lütfen bekleyin",
    "ro": "Parolă|Parolă nouă|Ai uitat parola?|Repetă parola|Autentificare|Anulare|Numele tău|Așteptați",
    "hr": "Lozinka|Nova lozinka|Zaboravili ste lozinku?|Ponovite lozinku|Prijava|Odustani|Vaše ime|Pričekajte",
    "et": "Parool|Uus parool|Unustasid parooli?|Korda parooli|Logi sisse|Loobu|Sinu nimi|Palun oota",
    "lt": "Slaptažodis|Naujas slaptažodis|Pamiršote slaptažodį?|Pakartokite slaptažodį|Prisijungti|Atšaukti|Jūsų vardas|Palaukite",
    "id": "Kata sandi|Kata sandi baru|Lupa kata sandi?|Ulangi kata sandi|Masuk|Batal|Nama Anda|Mohon tunggu",
    "ru": "Пароль|Новый пароль|Забыли пароль?|Повторите пароль|Войти|Отмена|Ваше имя|Подождите",
    "ja": "パスワード|新しいパスワード|パスワードをお忘れですか|パスワードの再入力|ログイン|キャンセル|お名前|お待ちください",
    "eo": "Pasvorto|Nova pasvorto|Ĉu vi forgesis la pasvorton?|Ripetu la pasvorton|Ensaluti|Nuligi|Via nomo|Bonvolu atendi",
}
KEYS = ["password", "new password", "forgot password", "repeat password", "sign in", "cancel", "your name", "please wait"]


def some(alphabet, least, most=None):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most or least)))


def spell():
    """A password that can be spoken, as pwgen makes them."""
    return "".join(rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(3, 5)))


def password(marks=""):
    letters = string.ascii_letters + string.digits
    word, other, third = (rng.choice(WORDS) for _ in range(3))
    year = rng.choice([str(rng.randint(1970, 2025)), str(rng.randint(1, 99)), some(string.digits, 3)])
    return rng.choice([
        lambda: some(letters, 8, 24), lambda: some(letters, 8, 24), lambda: some(letters, 12, 32), lambda: some(letters + marks, 10, 20), lambda: some(letters + marks, 10, 20),
        lambda: some(string.ascii_lowercase + string.digits, 8, 16), lambda: some("0123456789abcdef", 16, 40), lambda: some(string.ascii_lowercase, 8, 12),
        lambda: spell() + some(string.digits, 1, 3), lambda: spell().capitalize() + some(string.digits, 1, 2),
        lambda: word.capitalize() + year + rng.choice(["", "!", "!!", "."]), lambda: word + year, lambda: word + other.capitalize() + year, lambda: word + other,
        lambda: f"{word}-{other}-{third}", lambda: f"{word.capitalize()}-{year}-{other.capitalize()}", lambda: "".join({"a": "4", "e": "3", "o": "0", "i": "1"}.get(c, c) for c in word + other) + "!",
        lambda: base64.b64encode(rng.randbytes(rng.choice([12, 16, 24]))).decode(),
        lambda: rng.choice(["iLove", "my", "we", "The", "go", "No"]) + word.capitalize() + rng.choice(["", other.capitalize()]) + rng.choice([year, "!", "4ever", "?!"]),
        lambda: word + rng.choice("!?-_*+") + other + rng.choice(["", year, third.upper()]), lambda: word.capitalize() + other.capitalize() + third.capitalize() + rng.choice(["!", year, ""]),
        lambda: f"{word.capitalize()}{rng.choice(marks or '-')}{year}{rng.choice(marks or '-')}{other.capitalize()}",
    ])()


SIGNING = {"jwt secret", "session secret", "secret key", "signing key", "cookie secret", "jwt signing key", "secret key base"}
LOADED = {"env", "quoted env", "properties", "yaml", "ini", "compose"}  # what a program loads: there words that sign are keys


def signing():
    """What people type for a secret that signs."""
    word, other, third = (rng.choice(WORDS) for _ in range(3))
    return rng.choice([word, word + other, f"{word}-{other}", f"{word}-{other}-{third}", f"{word}_{other}", f"my-{word}-key", f"{word}-signing", f"{word}-{other}-{third}-{rng.choice(WORDS)}", f"{word}{rng.randint(1, 99)}"])


def phrase():
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 5)))


def key():
    letters = string.ascii_letters + string.digits
    return rng.choice([
        lambda: some(letters, 20, 48), lambda: some(letters, 16, 40), lambda: some(letters + "-_", 24, 64), lambda: some("0123456789abcdef", 32), lambda: some("0123456789abcdef", 40, 64),
        lambda: base64.b64encode(rng.randbytes(rng.choice([16, 24, 32, 48]))).decode(), lambda: some(string.ascii_lowercase + string.digits, 16, 32), lambda: some(letters, 12, 15),
        lambda: "-".join(some("0123456789abcdef", n) for n in (8, 4, 4, 4, 12)), lambda: "-".join(rng.choice(WORDS) for _ in range(rng.randint(4, 5))),
    ])()


def dummy(kind):
    """What stands in unit tests and samples."""
    word = rng.choice(WORDS)
    head = rng.choice([name.replace(" ", rng.choice("-_")) for name in NAMES[kind]])
    return rng.choice([
        "test", "secret", "foobar", "letmein", "hunter2", "pass", f"test-{head}", f"my-{head}", f"my{head}", f"fake_{head}", f"dummy-{head}", f"wrong-{head}", f"{head}1", f"{head}123", f"some-{head}",
        f"invalid-{head}", f"{head}-for-tests", f"{word}", f"{word}-{head}", f"user-{head}", f"abc{rng.randint(1, 999)}", "abcdef", f"{head}_{word}", "s3cr3t", "p4ssw0rd", "Passw0rd!", "Test1234", "Secret123!",
        f"new{head}", f"old-{head}", f"{word}123", f"{head}-{rng.randint(1, 9)}", f"valid_{head}", f"{word.upper()}_{head.upper().replace('-', '_')}", f"mock-{head}-{word}", f"x-{head}", f"{head}-abc-def", f"expired-{head}",
    ])


def asking(kind):
    head = rng.choice(NAMES[kind]).replace(" ", rng.choice("-_"))
    return rng.choice([
        f"your-{head}", f"YOUR_{head.upper()}", f"<{head}>", f"enter-{head}-here", "changeme", "CHANGE_ME", f"replace-with-{head}", f"change-this-{head}", f"put_your_{head}_here", "xxxxxxxx", "TODO", f"{head}-goes-here",
        f"ChooseAStrong{head.title()}123!", f"please-change-me-{rng.randint(1, 99)}", f"insert {head} here", f"my-super-secret-{head}", f"use-a-long-random-{head}", f"example-{head}", f"sample_{head}", "********", "REDACTED",
    ])


def closed():
    """Ciphertexts and hashes."""
    b64 = lambda least, most: base64.b64encode(rng.randbytes(rng.randint(least, most))).decode()
    return rng.choice([
        lambda: "encrypted:" + b64(60, 120), lambda: "AQICAH" + b64(90, 160), lambda: "U2FsdGVkX1" + b64(30, 80), lambda: "ENC[PKCS7," + b64(100, 200) + "]", lambda: "{cipher}" + some("0123456789abcdef", 64, 128),
        lambda: "vault:v1:" + b64(30, 60), lambda: "AgB" + b64(250, 400), lambda: "v1:" + b64(12, 12) + ":" + b64(20, 50), lambda: "$2b$12$" + some(string.ascii_letters + string.digits, 53),
        lambda: "$6$" + some(string.ascii_letters, 8) + "$" + some(string.ascii_letters + string.digits, 86), lambda: "ENC(" + b64(24, 60) + ")",
    ])()


def named(words, style):
    words = words.split()
    words = rng.choice([words, words, [rng.choice(OWNERS), *words]])
    return joined(words, style)


def joined(words, style):
    return {"upper": "_".join(words).upper(), "snake": "_".join(words), "kebab": "-".join(words), "dots": ".".join(words),
            "camel": words[0] + "".join(word.capitalize() for word in words[1:]), "pascal": "".join(word.capitalize() for word in words)}[style]


class File:
    def __init__(self, repository, path):
        self.path, self.lines, self.labels = f"{repository}/{path}", [], []

    def put(self, text, label=None):
        if label:
            self.labels.append((self.path, len(self.lines) + 1, label))
        self.lines.append(text)

    def write(self):
        path = FOLDER / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(self.lines) + "\n")
        return self.labels


FORMS = {  # path, style of names, a line, lines of other settings, marks that a password may have
    "env": ([".env", ".env.production", "deploy/app.env"], "upper", ["{n}={v}"], "!%*+-_.", None),
    "quoted env": ([".env", "prod.env"], "upper", ['{n}="{v}"', "export {n}='{v}'"], "!%*+-_.@#", None),
    "properties": (["src/main/resources/application.properties", "conf/app.properties"], "dots", ["{n}={v}", "spring.{n}={v}"], "!%*+-_@", None),
    "yaml": (["application.yml", "config/settings.yaml", "values.yaml", "values-prod.yaml"], "camel", ["  {n}: {v}", '  {n}: "{v}"'], "!+-_.%", "service:"),
    "ini": (["etc/app.ini", "conf/my.cnf", "config.toml"], "snake", ["{n} = {v}", '{n} = "{v}"'], "!%*+-_.", "[service]"),
    "json": (["config.json", "appsettings.json", "sftp-config.json"], "camel", ['  "{n}": "{v}",'], "!%*+-_.@#$", "{"),
    "xml": (["conf/settings.xml", "app.config"], "camel", ["  <{n}>{v}</{n}>", '  <property name="{n}" value="{v}"/>'], "!%*+-_.@#", "<configuration>"),
    "terraform": (["main.tf", "prod.tfvars"], "snake", ['  {n} = "{v}"'], "!*+-_.@#", None),
    "compose": (["docker-compose.yml"], "upper", ["      {n}: {v}", "      - {n}={v}"], "!+-_.%", "services:\n  web:\n    image: shop:1\n    environment:"),
    "shell": (["run.sh", "scripts/deploy.sh"], "upper", ["export {n}='{v}'", '{n}="{v}"'], "!%*+-_.@#", "#!/bin/sh"),
    "python": (["app/settings.py", "config.py", "src/connect.py"], "upper", ['{n} = "{v}"', "{n} = os.environ.get('{n}', '{v}')"], "!%*+-_.@#", "import os"),
    "javascript": (["src/config.js", "server/db.ts"], "camel", ["  {n}: '{v}',", 'const {n} = "{v}";'], "!%*+-_.@#", "const config = {"),
    "java": (["src/main/java/Connect.java"], "camel", ['    private String {n} = "{v}";', '    source.set("{n}", "{v}");'], "!%*+-_.@#", "class Connect {"),
    "go": (["cmd/main.go", "internal/store.go"], "camel", ['\t{n} := "{v}"', '\t{n}: "{v}",'], "!%*+-_.@#", "package main"),
    "php": (["config.php", "wp-config.php"], "upper", ["define('{n}', '{v}');", "${n} = '{v}';"], "!%*+-_.@#", "<?php"),
    "markdown": (["README.md", "notes/setup.md"], "upper", ["    {n}={v}", "export {n}={v}"], "!%*+-_.", "# Setup\n\nSet these before you start the service:\n"),
}
OTHER = {"user": lambda: rng.choice(USERS), "host": lambda: rng.choice([f"{rng.choice(WORDS)}.internal", f"{rng.choice(WORDS)}.internal", "localhost", "127.0.0.1"]), "port": lambda: str(rng.randint(1000, 9999)), "mode": lambda: rng.choice(["fast", "safe", "prod"]),
         "timeout": lambda: str(rng.randint(1, 90)), "level": lambda: rng.choice(["info", "debug", "warn"]), "name": lambda: rng.choice(WORDS), "retries": lambda: str(rng.randint(1, 9))}
CODE = {"python", "javascript", "java", "go", "php"}


def settings(repository, number):
    """A file that a program loads, or a program, with one to three credentials or what only looks like them."""
    form = rng.choice(list(FORMS))
    paths, style, lines, marks, head = FORMS[form]
    path = rng.choice(paths)
    file = File(repository, f"{rng.choice(WORDS)}{number}/{path}")
    for line in (head or "").split("\n") if head else ():
        file.put(line)
    line = rng.choice(lines)
    others = rng.sample(list(OTHER), rng.randint(0, 5))
    entries = [(joined([rng.choice(OWNERS), other], style), OTHER[other](), None) for other in others]
    for _ in range(rng.randint(1, 3)):
        kind = rng.choice(["password", "secret"])
        roll = rng.random()
        words = rng.choice(NAMES[kind])
        name = named(words, style)
        if roll < 0.62:
            value = password(marks) if kind == "password" else key()
            spaced = form in ("properties", "yaml", "ini") or '"' in line or "'" in line
            if form in LOADED | {"json"} and spaced and kind == "password" and rng.random() < (0.6 if "phrase" in words else 0.08):
                value = phrase()
            if words in SIGNING and form in LOADED and rng.random() < 0.45:
                value = signing()
            if form == "markdown" or form in CODE:  # there only what is generated is more than a sample
                value = key() if kind == "secret" else some(string.ascii_letters + string.digits, 10, 20)
                if kind == "password" and rng.random() < 0.5:
                    value = next(found for found in iter(lambda: password(marks), None) if len(found) >= 9 and any(c.isdigit() for c in found) and any(c.isupper() for c in found))
            entries.append((name, value, "T"))
        elif roll < 0.75:
            entries.append((name, asking(kind), "F"))
        elif roll < 0.85:
            entries.append((name, closed(), "F"))
        elif roll < 0.92:
            entries.append((name, f"{rng.choice(WORDS)}-{rng.choice(WORDS)}-{rng.choice(['credentials', 'secret', 'auth', 'login'])}" + rng.choice(["", "-v2", "-" + some("0123456789abcdef", 4)]), "F"))
        elif roll < 0.95:  # defaults that everybody knows are a matter of their own
            entries.append((name, rng.choice(["123456", "12345678", "1234567890", "111111", "qwerty123", "abc123", "asdf1234", "password1", "admin123"]), "F"))
        else:
            entries.append((name, dummy(kind), "F"))
    rng.shuffle(entries)
    for name, value, label in entries:
        file.put(line.format(n=name, v=value), label)
    mark = {"properties": "#", "env": "#", "quoted env": "#", "yaml": "#", "ini": "#", "compose": "#", "shell": "#", "terraform": "#"}.get(form)
    if mark and rng.random() < 0.6:  # a sample that nothing loads
        kind = rng.choice(["password", "secret"])
        file.put(mark + rng.choice([" ", ""]) + line.format(n=named(rng.choice(NAMES[kind]), style), v=password(marks) if kind == "password" else key()).lstrip(), "F")
    return file.write()


def tests(repository, number):
    """Dummies of unit tests."""
    word = rng.choice(WORDS)
    path, form, check, style = rng.choice([
        (f"tests/test_{word}.py", '    {n} = "{v}"', "    assert result.ok is {t}", "snake"), (f"src/test/java/{word.capitalize()}Test.java", '        client.{n}("{v}");', "        assertEquals({t}, result);", "camel"),
        (f"src/{word}.spec.ts", "    {n}: '{v}',", "    expect(result).toBe({t});", "camel"), (f"pkg/{word}_test.go", '\t\t{n}: "{v}",', '\t\tt.Errorf("want {t}")', "pascal"), (f"spec/{word}_spec.rb", '    {n} = "{v}"', "    expect(result).to eq({t})", "snake"),
        (f"tests/fixtures/{word}.json", '  "{n}": "{v}",', '  "ok": {t},', "camel"), (f"src/{word}.rs", '        let {n} = "{v}";', "        assert_eq!(result, {t});", "snake"),
    ])
    file = File(repository, f"{word}{number}/{path}")
    for _ in range(rng.randint(3, 8)):
        kind = rng.choice(["password", "secret"])
        said = rng.random() < 0.15  # a generated one, and a remark that says it is none
        value = (key() if kind == "secret" else some(string.ascii_letters + string.digits, 10, 20)) if said else dummy(kind)
        remark = rng.choice(["fake", "dummy value", "invalid token", "for testing only", "not real"])
        file.put(form.format(n=named(rng.choice(NAMES[kind]), style), v=value) + (f"  {'#' if style == 'snake' else '//'} {remark}" if said else ""), "F")
        file.put(check.format(t=rng.choice(["true", "1", "2"])))
    return file.write()


def texts(repository, number):
    """Texts of a user interface in one language."""
    language = rng.choice(list(TEXTS))
    entries = list(zip(KEYS, TEXTS[language].split("|")))
    tag = rng.choice([language, language.replace("-", "_")])
    path, line, style, head = rng.choice([
        (f"i18n/{tag}.json", '  "{n}": "{v}",', "upper", "{"), (f"locales/{tag}/common.json", '  "{n}": "{v}",', "camel", "{"), (f"messages_{tag}.properties", "{n}={v}", "dots", None), (f"config/locales/{tag}.yml", '    {n}: "{v}"', "snake", tag + ":"),
        (f"res/values-{tag}/strings.xml", '    <string name="{n}">{v}</string>', "snake", "<resources>"), (f"lang/{tag}.php", "    '{n}' => '{v}',", "snake", "<?php return ["), (f"src/labels.{tag}.ts", "  {n}: '{v}',", "camel", "export default {"),
        ("src/labels.ts", "  {n}: '{v}',", "camel", "export const labels = {"), ("app/texts.json", '  "{n}": "{v}",', "camel", "{"), (f"{tag}.lproj/Localizable.strings", '"{n}" = "{v}";', "snake", None),
    ])
    file = File(repository, f"{rng.choice(WORDS)}{number}/{path}")
    if head:
        file.put(head)
    prefix = rng.choice([[], [], [rng.choice(["label", "login", "account", "form", "page"])]])
    for key_, text in rng.sample(entries, rng.randint(4, len(entries))):
        file.put(line.format(n=joined(prefix + key_.split(), style), v=text), "F" if "password" in key_ else None)
    return file.write()


def interface(repository, number):
    """Examples in the description of an interface."""
    file = File(repository, f"{rng.choice(WORDS)}{number}/{rng.choice(['openapi.yaml', 'swagger.yml', 'docs/api.yaml'])}")
    file.put(rng.choice(['openapi: "3.0.3"', 'swagger: "2.0"']))
    file.put("paths:")
    for _ in range(rng.randint(2, 5)):
        kind = rng.choice(["password", "secret"])
        file.put("      example:")
        value = rng.choice([dummy, asking])(kind) if rng.random() < 0.4 else password("!-_") if kind == "password" else key()
        file.put(f'        {named(rng.choice(NAMES[kind]), "camel")}: "{value}"', "F")
        file.put(f'        user: "{rng.choice(USERS)}"')
    return file.write()


labels = []
for number in range(REPOSITORIES * 60):
    make = rng.choices([settings, tests, texts, interface], [12, 4, 6, 1])[0]
    labels += make(f"made{number % REPOSITORIES:02}", number)
(FOLDER / "labels.tsv").write_text("path\tline\tlabel\n" + "".join(f"{path}\t{line}\t{label}\n" for path, line, label in labels))
