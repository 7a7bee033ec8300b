package pfkey

// Supported lists algorithms that a database has. RFC 2367 section 2.3.8.
type Supported struct {
	Which      ExtensionType // ExtSupportedAuth or ExtSupportedEncrypt
	Reserved   uint32
	Algorithms []Algorithm
}

// Algorithm is one of them:
//
//	|   ..id        |    ..ivlen    |         sadb_alg_minbits      |
//	+---------------+---------------+---------------+---------------+
//	|         sadb_alg_maxbits      |       sadb_alg_reserved       |
type Algorithm struct {
	ID               uint8
	IVLen            uint8 // octets
	MinBits, MaxBits uint16
	Reserved         uint16
}

// Kind is Which.
func (e *Supported) Kind() ExtensionType { return e.Which }

func (e *Supported) parse(r *reader) {
	e.Reserved = r.uint32("reserved")
	for r.err == nil && len(r.rest) > 0 {
		e.Algorithms = append(e.Algorithms, Algorithm{
			ID: r.uint8("alg_id"), IVLen: r.uint8("alg_ivlen"),
			MinBits: r.uint16("alg_minbits"), MaxBits: r.uint16("alg_maxbits"), Reserved: r.uint16("alg_reserved"),
		})
	}
}

func (e *Supported) append(b []byte) []byte {
	b = host.AppendUint32(b, e.Reserved)
	for _, a := range e.Algorithms {
		b = append(b, a.ID, a.IVLen)
		b = host.AppendUint16(b, a.MinBits)
		b = host.AppendUint16(b, a.MaxBits)
		b = host.AppendUint16(b, a.Reserved)
	}
	return b
}

// Proposal says what an acquire wants, best first. RFC 2367 section 2.3.7.
type Proposal struct {
	Replay       uint8
	Reserved     [3]byte
	Combinations []Combination
}

// Combination is struct sadb_comb, 72 octets.
type Combination struct {
	Auth, Encrypt                    uint8
	Flags                            uint16
	AuthMinBits, AuthMaxBits         uint16
	EncryptMinBits, EncryptMaxBits   uint16
	Reserved                         uint32
	SoftAllocations, HardAllocations uint32
	SoftBytes, HardBytes             uint64
	SoftAddTime, HardAddTime         uint64
	SoftUseTime, HardUseTime         uint64
}

// Kind is ExtProposal.
func (e *Proposal) Kind() ExtensionType { return ExtProposal }

func (e *Proposal) parse(r *reader) {
	e.Replay = r.uint8("replay")
	copy(e.Reserved[:], r.take("reserved", 3))
	for r.err == nil && len(r.rest) > 0 {
		var c Combination
		c.Auth, c.Encrypt, c.Flags = r.uint8("comb_auth"), r.uint8("comb_encrypt"), r.uint16("comb_flags")
		c.AuthMinBits, c.AuthMaxBits = r.uint16("comb_auth_minbits"), r.uint16("comb_auth_maxbits")
		c.EncryptMinBits, c.EncryptMaxBits = r.uint16("comb_encrypt_minbits"), r.uint16("comb_encrypt_maxbits")
		c.Reserved = r.uint32("comb_reserved")
		c.SoftAllocations, c.HardAllocations = r.uint32("comb_soft_allocations"), r.uint32("comb_hard_allocations")
		c.SoftBytes, c.HardBytes = r.uint64("comb_soft_bytes"), r.uint64("comb_hard_bytes")
		c.SoftAddTime, c.HardAddTime = r.uint64("comb_soft_addtime"), r.uint64("comb_hard_addtime")
		c.SoftUseTime, c.HardUseTime = r.uint64("comb_soft_usetime"), r.uint64("comb_hard_usetime")
		e.Combinations = append(e.Combinations, c)
	}
}

func (e *Proposal) append(b []byte) []byte {
	b = append(b, e.Replay)
	b = append(b, e.Reserved[:]...)
	for _, c := range e.Combinations {
		b = append(b, c.Auth, c.Encrypt)
		for _, v := range []uint16{c.Flags, c.AuthMinBits, c.AuthMaxBits, c.EncryptMinBits, c.EncryptMaxBits} {
			b = host.AppendUint16(b, v)
		}
		for _, v := range []uint32{c.Reserved, c.SoftAllocations, c.HardAllocations} {
			b = host.AppendUint32(b, v)
		}
		for _, v := range []uint64{c.SoftBytes, c.HardBytes, c.SoftAddTime, c.HardAddTime, c.SoftUseTime, c.HardUseTime} {
			b = host.AppendUint64(b, v)
		}
	}
	return b
}
