package pfkey

import "encoding/binary"

// SA is the association itself. RFC 2367 section 2.3.1:
//
//	|                          sadb_sa_spi                          |
//	+---------------+---------------+---------------+---------------+
//	|   ..replay    | sadb_sa_state | sadb_sa_auth  |   ..encrypt   |
//	+---------------+---------------+---------------+---------------+
//	|                         sadb_sa_flags                         |
type SA struct {
	SPI     uint32
	Replay  uint8 // window in packets
	State   SAState
	Auth    uint8 // algorithm numbers: alg.Integrity.PFKEY, alg.Cipher.PFKEY
	Encrypt uint8
	Flags   uint32
}

// Kind is ExtSA.
func (e *SA) Kind() ExtensionType { return ExtSA }

func (e *SA) parse(r *reader) {
	e.SPI = r.network32("spi")
	e.Replay = r.uint8("replay")
	e.State = SAState(r.uint8("state"))
	e.Auth = r.uint8("auth")
	e.Encrypt = r.uint8("encrypt")
	e.Flags = r.uint32("flags")
}

func (e *SA) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, e.SPI)
	b = append(b, e.Replay, byte(e.State), e.Auth, e.Encrypt)
	return host.AppendUint32(b, e.Flags)
}

// Lifetime is a current usage or a limit. RFC 2367 section 2.3.2:
//
//	|                   sadb_lifetime_allocations                   |
//	+---------------+---------------+---------------+---------------+
//	|                  sadb_lifetime_bytes (64 bits)                |
//	|                 sadb_lifetime_addtime (64 bits)               |
//	|                 sadb_lifetime_usetime (64 bits)               |
type Lifetime struct {
	Which       ExtensionType // ExtLifetimeCurrent, ExtLifetimeHard, ExtLifetimeSoft
	Allocations uint32
	Bytes       uint64
	AddTime     uint64 // seconds; current: since the epoch
	UseTime     uint64
}

// Kind is Which.
func (e *Lifetime) Kind() ExtensionType { return e.Which }

func (e *Lifetime) parse(r *reader) {
	e.Allocations = r.uint32("allocations")
	e.Bytes = r.uint64("bytes")
	e.AddTime = r.uint64("addtime")
	e.UseTime = r.uint64("usetime")
}

func (e *Lifetime) append(b []byte) []byte {
	b = host.AppendUint32(b, e.Allocations)
	b = host.AppendUint64(b, e.Bytes)
	b = host.AppendUint64(b, e.AddTime)
	return host.AppendUint64(b, e.UseTime)
}

// SPIRange asks for an SPI within bounds, both included. RFC 2367 section 2.3.9. Unlike the SPI of an SA these are in host
// order.
type SPIRange struct {
	Min, Max uint32
	Reserved uint32
}

// Kind is ExtSPIRange.
func (e *SPIRange) Kind() ExtensionType { return ExtSPIRange }

func (e *SPIRange) parse(r *reader) {
	e.Min = r.uint32("min")
	e.Max = r.uint32("max")
	e.Reserved = r.uint32("reserved")
}

func (e *SPIRange) append(b []byte) []byte {
	b = host.AppendUint32(b, e.Min)
	b = host.AppendUint32(b, e.Max)
	return host.AppendUint32(b, e.Reserved)
}
