package isakmp

// A NotifyType says what a Notify is about: an error below 16384, a status from there on.
type NotifyType uint16

const (
	InvalidPayloadType      NotifyType = 1
	DOINotSupported         NotifyType = 2
	SituationNotSupported   NotifyType = 3
	InvalidCookie           NotifyType = 4
	InvalidMajorVersion     NotifyType = 5
	InvalidMinorVersion     NotifyType = 6
	InvalidExchangeType     NotifyType = 7
	InvalidFlags            NotifyType = 8
	InvalidMessageID        NotifyType = 9
	InvalidProtocolID       NotifyType = 10
	InvalidSPI              NotifyType = 11
	InvalidTransformID      NotifyType = 12
	AttributesNotSupported  NotifyType = 13
	NoProposalChosen        NotifyType = 14
	BadProposalSyntax       NotifyType = 15
	PayloadMalformed        NotifyType = 16
	InvalidKeyInformation   NotifyType = 17
	InvalidIDInformation    NotifyType = 18
	InvalidCertEncoding     NotifyType = 19
	InvalidCertificate      NotifyType = 20
	CertTypeUnsupported     NotifyType = 21
	InvalidCertAuthority    NotifyType = 22
	InvalidHashInformation  NotifyType = 23
	AuthenticationFailed    NotifyType = 24
	InvalidSignature        NotifyType = 25
	AddressNotification     NotifyType = 26
	NotifySALifetime        NotifyType = 27
	CertificateUnavailable  NotifyType = 28
	UnsupportedExchangeType NotifyType = 29
	UnequalPayloadLengths   NotifyType = 30

	Connected         NotifyType = 16384
	ResponderLifetime NotifyType = 24576
	ReplayStatus      NotifyType = 24577
	InitialContact    NotifyType = 24578
	RUThere           NotifyType = 36136 // dead peer detection
	RUThereAck        NotifyType = 36137
)

// notifyNames: RFC 2408 section 3.14.1, RFC 2407 section 4.6.3, RFC 3706 section 5.
var notifyNames = numbers[NotifyType]{
	{InvalidPayloadType, "INVALID-PAYLOAD-TYPE"},
	{DOINotSupported, "DOI-NOT-SUPPORTED"},
	{SituationNotSupported, "SITUATION-NOT-SUPPORTED"},
	{InvalidCookie, "INVALID-COOKIE"},
	{InvalidMajorVersion, "INVALID-MAJOR-VERSION"},
	{InvalidMinorVersion, "INVALID-MINOR-VERSION"},
	{InvalidExchangeType, "INVALID-EXCHANGE-TYPE"},
	{InvalidFlags, "INVALID-FLAGS"},
	{InvalidMessageID, "INVALID-MESSAGE-ID"},
	{InvalidProtocolID, "INVALID-PROTOCOL-ID"},
	{InvalidSPI, "INVALID-SPI"},
	{InvalidTransformID, "INVALID-TRANSFORM-ID"},
	{AttributesNotSupported, "ATTRIBUTES-NOT-SUPPORTED"},
	{NoProposalChosen, "NO-PROPOSAL-CHOSEN"},
	{BadProposalSyntax, "BAD-PROPOSAL-SYNTAX"},
	{PayloadMalformed, "PAYLOAD-MALFORMED"},
	{InvalidKeyInformation, "INVALID-KEY-INFORMATION"},
	{InvalidIDInformation, "INVALID-ID-INFORMATION"},
	{InvalidCertEncoding, "INVALID-CERT-ENCODING"},
	{InvalidCertificate, "INVALID-CERTIFICATE"},
	{CertTypeUnsupported, "CERT-TYPE-UNSUPPORTED"},
	{InvalidCertAuthority, "INVALID-CERT-AUTHORITY"},
	{InvalidHashInformation, "INVALID-HASH-INFORMATION"},
	{AuthenticationFailed, "AUTHENTICATION-FAILED"},
	{InvalidSignature, "INVALID-SIGNATURE"},
	{AddressNotification, "ADDRESS-NOTIFICATION"},
	{NotifySALifetime, "NOTIFY-SA-LIFETIME"},
	{CertificateUnavailable, "CERTIFICATE-UNAVAILABLE"},
	{UnsupportedExchangeType, "UNSUPPORTED-EXCHANGE-TYPE"},
	{UnequalPayloadLengths, "UNEQUAL-PAYLOAD-LENGTHS"},

	{Connected, "CONNECTED"},
	{ResponderLifetime, "RESPONDER-LIFETIME"},
	{ReplayStatus, "REPLAY-STATUS"},
	{InitialContact, "INITIAL-CONTACT"},
	{RUThere, "R-U-THERE"},
	{RUThereAck, "R-U-THERE-ACK"},
}

// String is the RFC's name, as "NO-PROPOSAL-CHOSEN", or "notify 9000".
func (n NotifyType) String() string { return notifyNames.text("notify", n) }

// NotifyByName is the type of a name that String prints.
func NotifyByName(name string) (NotifyType, bool) { return notifyNames.value(name) }

// IsError tells an error from a status. RFC 2408 section 3.14.1.
func (n NotifyType) IsError() bool { return n < Connected }
