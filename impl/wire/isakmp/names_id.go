package isakmp

// An IDType says how an ID names its subject, in the IPsec DOI.
type IDType uint8

const (
	IDTypeIPv4Addr   IDType = 1
	IDTypeFQDN       IDType = 2
	IDTypeUserFQDN   IDType = 3
	IDTypeIPv4Subnet IDType = 4
	IDTypeIPv6Addr   IDType = 5
	IDTypeIPv6Subnet IDType = 6
	IDTypeIPv4Range  IDType = 7
	IDTypeIPv6Range  IDType = 8
	IDTypeDERDN      IDType = 9
	IDTypeDERGN      IDType = 10
	IDTypeKeyID      IDType = 11
	IDTypeList       IDType = 12 // RFC 3554
)

// idTypeNames: RFC 2407 section 4.6.2.1.
var idTypeNames = numbers[IDType]{
	{IDTypeIPv4Addr, "ID_IPV4_ADDR"},
	{IDTypeFQDN, "ID_FQDN"},
	{IDTypeUserFQDN, "ID_USER_FQDN"},
	{IDTypeIPv4Subnet, "ID_IPV4_ADDR_SUBNET"},
	{IDTypeIPv6Addr, "ID_IPV6_ADDR"},
	{IDTypeIPv6Subnet, "ID_IPV6_ADDR_SUBNET"},
	{IDTypeIPv4Range, "ID_IPV4_ADDR_RANGE"},
	{IDTypeIPv6Range, "ID_IPV6_ADDR_RANGE"},
	{IDTypeDERDN, "ID_DER_ASN1_DN"},
	{IDTypeDERGN, "ID_DER_ASN1_GN"},
	{IDTypeKeyID, "ID_KEY_ID"},
	{IDTypeList, "ID_LIST"},
}

// String is the RFC's name, as "ID_FQDN", or "ID type 200".
func (t IDType) String() string { return idTypeNames.text("ID type", t) }

// IDTypeByName is the type of a name that String prints.
func IDTypeByName(name string) (IDType, bool) { return idTypeNames.value(name) }
