package isakmp

// A ConfigMessage says what an Attributes payload is for.
type ConfigMessage uint8

const (
	ConfigRequest ConfigMessage = 1
	ConfigReply   ConfigMessage = 2
	ConfigSet     ConfigMessage = 3
	ConfigAck     ConfigMessage = 4
)

// configNames: draft-ietf-ipsec-isakmp-mode-cfg-02 section 3.2.
var configNames = numbers[ConfigMessage]{
	{ConfigRequest, "ISAKMP_CFG_REQUEST"},
	{ConfigReply, "ISAKMP_CFG_REPLY"},
	{ConfigSet, "ISAKMP_CFG_SET"},
	{ConfigAck, "ISAKMP_CFG_ACK"},
}

// String is the draft's name, as "ISAKMP_CFG_REQUEST", or "config message 200".
func (m ConfigMessage) String() string { return configNames.text("config message", m) }

// ConfigMessageByName is the message of a name that String prints.
func ConfigMessageByName(name string) (ConfigMessage, bool) { return configNames.value(name) }

// Classes of the transaction exchange, for [PhaseConfig].
const (
	ConfigIP4Address    AttributeType = 1
	ConfigIP4Netmask    AttributeType = 2
	ConfigIP4DNS        AttributeType = 3
	ConfigIP4NBNS       AttributeType = 4
	ConfigAddressExpiry AttributeType = 5 // seconds
	ConfigIP4DHCP       AttributeType = 6
	ConfigVersion       AttributeType = 7
	ConfigIP6Address    AttributeType = 8
	ConfigIP6Netmask    AttributeType = 9
	ConfigIP6DNS        AttributeType = 10
	ConfigIP6NBNS       AttributeType = 11
	ConfigIP6DHCP       AttributeType = 12
	ConfigIP4Subnet     AttributeType = 13 // address and mask
	ConfigSupported     AttributeType = 14 // two octets for each class
	ConfigIP6Subnet     AttributeType = 15 // address and prefix length

	XAUTHType         AttributeType = 16520
	XAUTHUserName     AttributeType = 16521
	XAUTHUserPassword AttributeType = 16522
	XAUTHPasscode     AttributeType = 16523
	XAUTHMessage      AttributeType = 16524
	XAUTHChallenge    AttributeType = 16525
	XAUTHDomain       AttributeType = 16526
	XAUTHStatus       AttributeType = 16527 // 0 fail, 1 OK
	XAUTHNextPIN      AttributeType = 16528
	XAUTHAnswer       AttributeType = 16529

	UnityBanner        AttributeType = 28672
	UnitySavePassword  AttributeType = 28673
	UnityDefaultDomain AttributeType = 28674
	UnitySplitDNS      AttributeType = 28675
	UnitySplitInclude  AttributeType = 28676
	UnityNATTPort      AttributeType = 28677
	UnityLocalLAN      AttributeType = 28678
	UnityPFS           AttributeType = 28679
	UnityFirewallType  AttributeType = 28680
	UnityBackupServers AttributeType = 28681
	UnityDDNSHostname  AttributeType = 28682
)

// configClasses: mode-cfg draft section 3.4, XAUTH draft section 3.1, and what Cisco made of them.
// These drafts leave the form to the sender, so none but two numbers of XAUTH is basic.
var configClasses = classes{
	{ConfigIP4Address, "INTERNAL_IP4_ADDRESS", variable, nil},
	{ConfigIP4Netmask, "INTERNAL_IP4_NETMASK", variable, nil},
	{ConfigIP4DNS, "INTERNAL_IP4_DNS", variable, nil},
	{ConfigIP4NBNS, "INTERNAL_IP4_NBNS", variable, nil},
	{ConfigAddressExpiry, "INTERNAL_ADDRESS_EXPIRY", variable, nil},
	{ConfigIP4DHCP, "INTERNAL_IP4_DHCP", variable, nil},
	{ConfigVersion, "APPLICATION_VERSION", variable, nil},
	{ConfigIP6Address, "INTERNAL_IP6_ADDRESS", variable, nil},
	{ConfigIP6Netmask, "INTERNAL_IP6_NETMASK", variable, nil},
	{ConfigIP6DNS, "INTERNAL_IP6_DNS", variable, nil},
	{ConfigIP6NBNS, "INTERNAL_IP6_NBNS", variable, nil},
	{ConfigIP6DHCP, "INTERNAL_IP6_DHCP", variable, nil},
	{ConfigIP4Subnet, "INTERNAL_IP4_SUBNET", variable, nil},
	{ConfigSupported, "SUPPORTED_ATTRIBUTES", variable, nil},
	{ConfigIP6Subnet, "INTERNAL_IP6_SUBNET", variable, nil},

	{XAUTHType, "XAUTH-TYPE", basic, xauthTypeNames.of},
	{XAUTHUserName, "XAUTH-USER-NAME", variable, nil},
	{XAUTHUserPassword, "XAUTH-USER-PASSWORD", variable, nil},
	{XAUTHPasscode, "XAUTH-PASSCODE", variable, nil},
	{XAUTHMessage, "XAUTH-MESSAGE", variable, nil},
	{XAUTHChallenge, "XAUTH-CHALLENGE", variable, nil},
	{XAUTHDomain, "XAUTH-DOMAIN", variable, nil},
	{XAUTHStatus, "XAUTH-STATUS", basic, xauthStatusNames.of},
	{XAUTHNextPIN, "XAUTH-NEXT-PIN", variable, nil},
	{XAUTHAnswer, "XAUTH-ANSWER", variable, nil},

	{UnityBanner, "UNITY-BANNER", variable, nil},
	{UnitySavePassword, "UNITY-SAVE-PASSWD", variable, nil},
	{UnityDefaultDomain, "UNITY-DEF-DOMAIN", variable, nil},
	{UnitySplitDNS, "UNITY-SPLITDNS-NAME", variable, nil},
	{UnitySplitInclude, "UNITY-SPLIT-INCLUDE", variable, nil},
	{UnityNATTPort, "UNITY-NATT-PORT", variable, nil},
	{UnityLocalLAN, "UNITY-LOCAL-LAN", variable, nil},
	{UnityPFS, "UNITY-PFS", variable, nil},
	{UnityFirewallType, "UNITY-FW-TYPE", variable, nil},
	{UnityBackupServers, "UNITY-BACKUP-SERVERS", variable, nil},
	{UnityDDNSHostname, "UNITY-DDNS-HOSTNAME", variable, nil},
}

var xauthTypeNames = numbers[uint16]{
	{0, "Generic"},
	{1, "RADIUS-CHAP"},
	{2, "OTP"},
	{3, "S/KEY"},
}

var xauthStatusNames = numbers[uint16]{
	{0, "FAIL"},
	{1, "OK"},
}
