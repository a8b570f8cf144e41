//! Functions of widespread libraries that take a password at a fixed position.

/// The position of the password among the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The index of the argument, from 0.
    pub(crate) at: usize,
    /// The minimum number of arguments.
    pub(crate) of: usize,
}

/// By the last part of the name: Python (requests, smtplib, ldap, MySQL), Java (JDK, Apache, Spring), C#
/// (.NET), Go (net/http, net/url, net/smtp), PHP (mysqli, PDO, ldap), Ruby (net/http), JavaScript (crypto,
/// jsonwebtoken). The positions are from the documentation of each.
const KNOWN: &[(&str, usize, usize)] = &[
    ("BasicAuth", 1, 2),
    ("BasicAWSCredentials", 1, 2),
    ("HTTPBasicAuth", 1, 2),
    ("HTTPDigestAuth", 1, 2),
    ("NetworkCredential", 1, 2),
    ("PDO", 2, 3),
    ("PasswordAuthentication", 1, 2),
    ("PlainAuth", 2, 4),
    ("SecretKeySpec", 0, 2),
    ("SetBasicAuth", 1, 2),
    ("UserPassword", 1, 2),
    ("UsernamePasswordAuthenticationToken", 1, 2),
    ("UsernamePasswordCredentials", 1, 2),
    ("basicAuth", 1, 2),
    ("cookieParser", 0, 1),
    ("createHmac", 1, 2),
    ("basic_auth", 1, 2),
    ("getConnection", 2, 3),
    ("httpBasic", 1, 2),
    ("ldap_bind", 2, 3),
    ("login", 1, 2),
    ("mysql_connect", 2, 3),
    ("mysqli", 2, 3),
    ("mysqli_connect", 2, 3),
    ("mysqli_real_connect", 3, 4),
    ("set_basic_auth", 1, 2),
    ("simple_bind", 1, 2),
    ("simple_bind_s", 1, 2),
];

/// Functions whose names are ambiguous without their module.
const QUALIFIED: &[(&str, usize, usize)] = &[
    ("JWT.decode", 1, 2),
    ("JWT.encode", 1, 2),
    ("MySQLdb.connect", 2, 3),
    ("jwt.decode", 1, 2),
    ("jwt.encode", 1, 2),
    ("jwt.sign", 1, 2),
    ("jwt.verify", 1, 2),
    ("pymysql.connect", 2, 3),
];

/// The password of a function, by its qualified name.
pub(crate) fn known_method(path: &[u8]) -> Option<Known> {
    let function = path
        .rsplit(|byte| matches!(byte, b'.' | b'$' | b':' | b'>'))
        .next()?;
    let qualified = || {
        let found = QUALIFIED.iter().find(|(known, _, _)| path == known.as_bytes())?;
        Some(Known {
            at: found.1,
            of: found.2,
        })
    };
    known_secret(function).or_else(qualified)
}

/// The password of a function, by its name.
pub(crate) fn known_secret(name: &[u8]) -> Option<Known> {
    let found = KNOWN.iter().find(|(known, _, _)| known.as_bytes() == name)?;
    Some(Known {
        at: found.1,
        of: found.2,
    })
}
