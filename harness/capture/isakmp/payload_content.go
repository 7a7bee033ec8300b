package isakmp

// The payloads that are one string of octets, or nearly so. RFC 2408 sections 3.7 to 3.13 and 3.16.
type (
	// KeyExchange is a public value, left-padded to the length of its group.
	KeyExchange struct{ Data []byte }
	// Hash is the output of a prf.
	Hash struct{ Data []byte }
	// Signature is over a hash, not over the message.
	Signature struct{ Data []byte }
	// Nonce is 8 to 256 octets by the book.
	Nonce struct{ Data []byte }
	// VendorID names a vendor or an extension.
	VendorID struct{ Data []byte }
	// NATDetection is a hash over cookies, address and port. RFC 3947 section 3.2.
	NATDetection struct{ Data []byte }
	// Unknown is a payload of a type that is not known, or of IKEv2.
	Unknown struct{ Data []byte }
)

// A Certificate carries one certificate, CRL or the like. RFC 2408 section 3.9.
type Certificate struct {
	Encoding uint8
	Data     []byte
}

// A CertificateRequest asks for one. Authority may be empty. RFC 2408 section 3.10.
type CertificateRequest struct {
	Type      uint8
	Authority []byte
}

// A Notification carries an error or a status.
//
//	+---------------------------------------------------------------+
//	|              Domain of Interpretation (DOI)                   |
//	+---------------+---------------+-------------------------------+
//	|  Protocol-ID  |   SPI Size    |      Notify Message Type      |
//	+---------------+---------------+-------------------------------+
//	~              SPI, Notification Data (variable)                ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.14.
type Notification struct {
	DOI      uint32
	Protocol Protocol
	Type     NotifyType
	SPI      []byte // as long as SPI Size says
	Data     []byte
}

func parseNotification(c *cursor) *Notification {
	n := &Notification{DOI: c.uint32("DOI"), Protocol: Protocol(c.uint8("Protocol-ID"))}
	size := int(c.uint8("SPI Size"))
	n.Type = NotifyType(c.uint16("Notify Message Type"))
	n.SPI, n.Data = c.octets("SPI", size), c.rest()
	return n
}

// A Delete names SAs that the sender no longer keeps.
//
//	+---------------------------------------------------------------+
//	|              Domain of Interpretation (DOI)                   |
//	+---------------+---------------+-------------------------------+
//	|  Protocol-Id  |   SPI Size    |           # of SPIs           |
//	+---------------+---------------+-------------------------------+
//	~                        SPIs (variable)                        ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.15.
type Delete struct {
	DOI      uint32
	Protocol Protocol
	SPISize  uint8
	Count    uint16 // # of SPIs, as it says
	SPIs     [][]byte
}

func parseDelete(c *cursor) *Delete {
	d := &Delete{DOI: c.uint32("DOI"), Protocol: Protocol(c.uint8("Protocol-Id")), SPISize: c.uint8("SPI Size"), Count: c.uint16("# of SPIs")}
	size := int(d.SPISize)
	if have := len(c.b); c.err == nil && size*int(d.Count) != have || d.Count > 0 && size == 0 {
		c.fail("# of SPIs", "%d of %d octets each, %d octets are left", d.Count, size, have)
	}
	for len(c.b) > 0 && c.err == nil {
		d.SPIs = append(d.SPIs, c.octets("SPI", size))
	}
	return d
}

// A Config is the Attribute payload of transaction exchanges (mode-cfg, XAUTH).
//
//	+---------------+---------------+-------------------------------+
//	|      Type     |    RESERVED   |           Identifier          |
//	+---------------+---------------+-------------------------------+
//	~                    Attributes (variable)                      ~
//	+---------------------------------------------------------------+
//
// draft-dukes-ike-mode-cfg-02 section 3.2.
type Config struct {
	Type       uint8
	Reserved   uint8
	Identifier uint16
	Attributes []Attribute
}

func parseConfig(c *cursor) *Config {
	return &Config{c.uint8("Type"), c.uint8("RESERVED"), c.uint16("Identifier"), c.attributes()}
}

// A NATOriginalAddress is NAT-OA: an address before translation. RFC 3947 section 5.2.
type NATOriginalAddress struct {
	IDType   IDType
	Reserved []byte // 3 octets
	Address  []byte
}

func parseNATOriginalAddress(c *cursor) *NATOriginalAddress {
	return &NATOriginalAddress{IDType(c.uint8("ID Type")), c.octets("RESERVED", 3), c.rest()}
}

// A Fragment is a piece of a message, as Cisco and Microsoft cut them (payload 132).
type Fragment struct {
	ID     uint16
	Number uint8
	Last   bool
	Data   []byte
}

func parseFragment(c *cursor) *Fragment {
	return &Fragment{c.uint16("Fragment ID"), c.uint8("Fragment Number"), c.uint8("Flags")&1 != 0, c.rest()}
}
