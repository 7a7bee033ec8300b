package isakmp

import (
	"encoding/binary"
	"fmt"

	"ikewit/impl/wire/bin"
)

// A Delete tells the peer which SAs the sender no longer keeps.
//
//	+---------------------------------------------------------------+
//	|                 Domain of Interpretation (DOI)                |
//	+---------------+---------------+-------------------------------+
//	|  Protocol-Id  |   SPI Size    |           # of SPIs           |
//	+---------------+---------------+-------------------------------+
//	~                   SPIs, each SPI Size octets                  ~
//	+---------------------------------------------------------------+
//
// RFC 2408 section 3.15.
type Delete struct {
	DOI      DOI
	Protocol Protocol
	SPISize  uint8    // octets; kept, because a peer may send a size and no SPI
	SPIs     [][]byte // each SPISize octets: 16 for ISAKMP (both cookies), 4 for ESP and AH
}

// Type is TypeDelete.
func (*Delete) Type() PayloadType { return TypeDelete }

func (p *Delete) parse(r *bin.Reader) {
	p.DOI = DOI(r.Uint32("DOI"))
	p.Protocol = Protocol(r.Uint8("Protocol-Id"))
	p.SPISize = r.Uint8("SPI Size")
	size, n := int(p.SPISize), int(r.Uint16("# of SPIs"))
	if size == 0 && n > 0 {
		r.Fail(fmt.Errorf("%w: %d SPIs of no octets", ErrCount, n))
	}
	for all := r.Octets("SPIs", n*size); len(all) > 0; all = all[size:] {
		p.SPIs = append(p.SPIs, all[:size:size])
	}
}

func (p *Delete) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(p.DOI))
	b = append(b, uint8(p.Protocol), p.SPISize)
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.SPIs)))
	for _, spi := range p.SPIs {
		b = append(b, spi...)
	}
	return b
}
