//! Functions of standard and widespread libraries that take a password by its place among the arguments.

/// Where a function takes its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The argument, from 0.
    pub(crate) at: usize,
    /// How many arguments there are at least.
    pub(crate) of: usize,
}

/// By the last part of the name: Python (requests, smtplib), Java (JDK, Apache, Spring), C# (.NET), Go (net/http, net/smtp), PHP (mysqli, PDO),
/// as their documentation gives the order.
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
    ("UsernamePasswordAuthenticationToken", 1, 2),
    ("UsernamePasswordCredentials", 1, 2),
    ("basicAuth", 1, 2),
    ("cookieParser", 0, 1),
    ("createHmac", 1, 2),
    ("basic_auth", 1, 2),
    ("getConnection", 2, 3),
    ("httpBasic", 1, 2),
    ("login", 1, 2),
    ("mysqli", 2, 3),
    ("mysqli_connect", 2, 3),
    ("set_basic_auth", 1, 2),
];

/// What is known of a function.
pub(crate) fn known_secret(name: &[u8]) -> Option<Known> {
    let found = KNOWN.iter().find(|(known, _, _)| known.as_bytes() == name)?;
    Some(Known {
        at: found.1,
        of: found.2,
    })
}
