package isakmp

import "encoding/hex"

// A Vendor is a Vendor ID that means something to us. UnknownVendor is any other.
type Vendor uint8

const (
	UnknownVendor Vendor = iota
	VendorRFC3947
	VendorNATT00
	VendorNATT01
	VendorNATT02
	VendorNATT02Newline // the value printed in draft 02
	VendorNATT03
	VendorNATT04
	VendorNATT05
	VendorNATT06
	VendorNATT07
	VendorNATT08
	VendorNATT
	VendorNATTSolaris
	VendorDPD
	VendorXAUTH
	VendorFragmentation
	VendorRacoon
	VendorStrongSwan
	VendorMicrosoft
	VendorGSSAPI
	VendorGSSAPIMethod
	VendorInitialContact
	VendorStenberg01
	VendorStenberg02
	VendorUnity
	VendorAltiga
	VendorESPThruNAT
	VendorHuttunen
	VendorShrewDPD
)

// vendors: what a name is the MD5 of is, where it is not the name itself, in the comment. Values are
// compared whole, but for those that may bring a version or flags behind what is fixed.
var vendors = []struct {
	value Vendor
	name  string
	fixed string // octets
	sent  string // octets that we send behind the fixed ones
	tail  int    // octets that may stand behind the fixed ones, at most
}{
	{VendorRFC3947, "RFC 3947", unhex("4a131c81070358455c5728f20e95452f"), "", 0},
	{VendorNATT00, "draft-ietf-ipsec-nat-t-ike-00", unhex("4485152d18b6bbcd0be8a8469579ddcc"), "", 0},
	{VendorNATT01, "draft-ietf-ipsec-nat-t-ike-01", unhex("16f6ca16e4a4066d83821a0f0aeaa862"), "", 0},
	{VendorNATT02, "draft-ietf-ipsec-nat-t-ike-02", unhex("cd60464335df21f87cfdb2fc68b6a448"), "", 0},
	{VendorNATT02Newline, `draft-ietf-ipsec-nat-t-ike-02\n`, unhex("90cb80913ebb696e086381b5ec427b1f"), "", 0},
	{VendorNATT03, "draft-ietf-ipsec-nat-t-ike-03", unhex("7d9419a65310ca6f2c179d9215529d56"), "", 0},
	{VendorNATT04, "draft-ietf-ipsec-nat-t-ike-04", unhex("9909b64eed937c6573de52ace952fa6b"), "", 0},
	{VendorNATT05, "draft-ietf-ipsec-nat-t-ike-05", unhex("80d0bb3def54565ee84645d4c85ce3ee"), "", 0},
	{VendorNATT06, "draft-ietf-ipsec-nat-t-ike-06", unhex("4d1e0e136deafa34c4f3ea9f02ec7285"), "", 0},
	{VendorNATT07, "draft-ietf-ipsec-nat-t-ike-07", unhex("439b59f8ba676c4c7737ae22eab8f582"), "", 0},
	{VendorNATT08, "draft-ietf-ipsec-nat-t-ike-08", unhex("8f8d83826d246b6fc7a8a6a428c11de8"), "", 0},
	{VendorNATT, "draft-ietf-ipsec-nat-t-ike", unhex("4df37928e9fc4fd1b3262170d515c662"), "", 0},
	{VendorNATTSolaris, "RFC XXXX", unhex("810fa565f8ab14369105d706fbd57279"), "", 0},
	{VendorDPD, "RFC 3706 DPD", unhex("afcad71368a1f1c96b8696fc7757"), "\x01\x00", 2}, // major, minor version
	// the first 8 octets of the MD5 of "draft-ietf-ipsra-isakmp-xauth-06.txt"
	{VendorXAUTH, "XAUTH", unhex("09002689dfd6b712"), "", 0},
	{VendorFragmentation, "FRAGMENTATION", unhex("4048b7d56ebce88525e7de7f00d6c2d3"), "", 4}, // flags
	{VendorRacoon, "KAME/racoon", unhex("7003cbc1097dbe9c2600ba6983bc8b35"), "", 0},
	{VendorStrongSwan, "strongSwan", unhex("882fe56d6fd20dbc2251613b2ebe5beb"), "", 0},
	{VendorMicrosoft, "MS NT5 ISAKMPOAKLEY", unhex("1e2b516905991c7d7c96fcbfb587e461"), "", 4}, // version
	{VendorGSSAPI, "GSSAPI", unhex("621b04bb09882ac1e15935fefa24aeee"), "", 0},
	{VendorGSSAPIMethod, "A GSS-API Authentication Method for IKE", unhex("ad2c0dd0b9c32083ccba25b8861ec455"), "", 0},
	{VendorInitialContact, "Vid-Initial-Contact", unhex("26244d38eddb61b3172a36e3d0cfb819"), "", 0},
	{VendorStenberg01, "draft-stenberg-ipsec-nat-traversal-01", unhex("27bab5dc01ea0760ea4e3190ac27c0d0"), "", 0},
	{VendorStenberg02, "draft-stenberg-ipsec-nat-traversal-02", unhex("6105c422e76847e43f9684801292aecd"), "", 0},
	{VendorUnity, "CISCO-UNITY", unhex("12f5f28c457168a9702d9fe274cc0100"), "", 0}, // ends in a version, not in the MD5
	{VendorAltiga, "Altiga", unhex("1f07f70eaa6514d3b0fa96542a50"), "", 2},         // version
	{VendorESPThruNAT, "ESPThruNAT", unhex("50760f624c63e5c53eea386c685ca083"), "", 0},
	// the MD5 of "draft-huttunen-ipsec-esp-in-udp-00.txt"
	{VendorHuttunen, "draft-huttunen-ipsec-esp-in-udp-00", unhex("6a7434c19d7e36348090a02334c9c805"), "", 0},
	{VendorShrewDPD, "Shrew DPD", unhex("3b9031dce4fcf88b489a923963dd0c49"), "", 0}, // the MD5 of "DPD"
}

// VendorOf is the vendor whose ID this is, the body of a Vendor ID payload.
func VendorOf(id []byte) Vendor {
	for i := range vendors {
		v := &vendors[i]
		n := len(v.fixed)
		if len(id) >= n && len(id) <= n+v.tail && string(id[:n]) == v.fixed {
			return v.value
		}
	}
	return UnknownVendor
}

// VendorByName is the vendor of a name that String prints.
func VendorByName(name string) (Vendor, bool) {
	for i := range vendors {
		if vendors[i].name == name {
			return vendors[i].value, true
		}
	}
	return UnknownVendor, false
}

// String is the name, as "RFC 3947", or "unknown vendor".
func (v Vendor) String() string {
	for i := range vendors {
		if vendors[i].value == v {
			return vendors[i].name
		}
	}
	return "unknown vendor"
}

// Payload is what a peer sends who wants to be known as v. It is the caller's to change.
func (v Vendor) Payload() *VendorID {
	for i := range vendors {
		if vendors[i].value == v {
			return &VendorID{Data: []byte(vendors[i].fixed + vendors[i].sent)}
		}
	}
	return &VendorID{}
}

// unhex is for the table above, whose digits a test reads.
func unhex(digits string) string {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return string(b)
}
