package isakmp

// A CertEncoding says what a Cert holds, or a CertRequest asks for.
type CertEncoding uint8

const (
	CertPKCS7         CertEncoding = 1
	CertPGP           CertEncoding = 2
	CertDNSKey        CertEncoding = 3
	CertX509Signature CertEncoding = 4
	CertX509Exchange  CertEncoding = 5
	CertKerberos      CertEncoding = 6
	CertCRL           CertEncoding = 7
	CertARL           CertEncoding = 8
	CertSPKI          CertEncoding = 9
	CertX509Attribute CertEncoding = 10
)

// certNames: RFC 2408 section 3.9.
var certNames = numbers[CertEncoding]{
	{0, "NONE"},
	{CertPKCS7, "PKCS #7 wrapped X.509 certificate"},
	{CertPGP, "PGP Certificate"},
	{CertDNSKey, "DNS Signed Key"},
	{CertX509Signature, "X.509 Certificate - Signature"},
	{CertX509Exchange, "X.509 Certificate - Key Exchange"},
	{CertKerberos, "Kerberos Tokens"},
	{CertCRL, "Certificate Revocation List (CRL)"},
	{CertARL, "Authority Revocation List (ARL)"},
	{CertSPKI, "SPKI Certificate"},
	{CertX509Attribute, "X.509 Certificate - Attribute"},
}

// String is the RFC's name, as "X.509 Certificate - Signature", or "certificate encoding 200".
func (e CertEncoding) String() string { return certNames.text("certificate encoding", e) }

// CertEncodingByName is the encoding of a name that String prints.
func CertEncodingByName(name string) (CertEncoding, bool) { return certNames.value(name) }
