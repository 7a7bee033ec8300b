package isakmp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// An Identification is an identity: of a peer in phase 1, of what an SA protects in phase 2.
//
//	+---------------+---------------+-------------------------------+
//	|    ID Type    |  Protocol ID  |             Port              |
//	+---------------+---------------+-------------------------------+
//	~                   Identification Data                         ~
//	+---------------------------------------------------------------+
//
// RFC 2407 section 4.6.2.
type Identification struct {
	Type     IDType
	Protocol uint8
	Port     uint16
	Data     []byte
}

func parseIdentification(c *cursor) *Identification {
	return &Identification{IDType(c.uint8("ID Type")), c.uint8("Protocol ID"), c.uint16("Port"), c.rest()}
}

// Addresses gives the first and the last address that an address type means; the same one twice for a single
// address. Other types and wrong lengths are errors.
func (id *Identification) Addresses() (from, to netip.Addr, err error) {
	want := map[IDType]int{IDIPv4: 4, IDIPv4Subnet: 8, IDIPv4Range: 8, IDIPv6: 16, IDIPv6Subnet: 32, IDIPv6Range: 32}[id.Type]
	if want == 0 {
		return from, to, fmt.Errorf("%s names no addresses", id.Type)
	}
	if len(id.Data) != want {
		return from, to, fmt.Errorf("%s of %d octets, it has %d", id.Type, len(id.Data), want)
	}
	switch id.Type {
	case IDIPv4, IDIPv6:
		from, _ = netip.AddrFromSlice(id.Data)
		return from, from, nil
	}
	first, second := id.Data[:want/2], id.Data[want/2:]
	if id.Type == IDIPv4Subnet || id.Type == IDIPv6Subnet {
		low, high := make([]byte, len(first)), make([]byte, len(first))
		for i := range first {
			low[i], high[i] = first[i]&second[i], first[i]|^second[i]
		}
		first, second = low, high
	}
	from, _ = netip.AddrFromSlice(first)
	to, _ = netip.AddrFromSlice(second)
	if to.Less(from) {
		return from, to, fmt.Errorf("%s from %s down to %s", id.Type, from, to)
	}
	return from, to, nil
}

// String writes what is identified: addresses, a name, or hex.
func (id *Identification) String() string {
	text := fmt.Sprintf("%x", id.Data)
	from, to, err := id.Addresses()
	switch {
	case err == nil && from == to:
		text = from.String()
	case err == nil && (id.Type == IDIPv4Subnet || id.Type == IDIPv6Subnet):
		text = fmt.Sprintf("%s/%s", addrOf(id.Data[:len(id.Data)/2]), maskOf(id.Data[len(id.Data)/2:]))
	case err == nil:
		text = fmt.Sprintf("%s-%s", from, to)
	case id.Type == IDFQDN || id.Type == IDUserFQDN:
		text = fmt.Sprintf("%q", id.Data)
	}
	if id.Protocol != 0 || id.Port != 0 {
		text += fmt.Sprintf(" protocol %d port %d", id.Protocol, id.Port)
	}
	return text
}

func addrOf(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// maskOf writes a mask as its number of bits, or as an address if the bits have gaps.
func maskOf(b []byte) string {
	ones, gap := 0, false
	for i := range len(b) * 8 {
		set := b[i/8]&(0x80>>(i%8)) != 0
		if set && i != ones {
			gap = true
		}
		if set {
			ones++
		}
	}
	if gap {
		return addrOf(b).String()
	}
	return fmt.Sprint(ones)
}

// SPINumber reads an SPI of four octets; 0 for any other length.
func SPINumber(spi []byte) uint32 {
	if len(spi) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(spi)
}
