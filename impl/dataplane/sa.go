package dataplane

import (
	"math"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ipsec"
)

// An sa is what both directions of an SA have in common: its algorithms, made ready at the first
// packet, and its life.
type sa struct {
	sadb.SA // Current counts here
	id      sadb.ID

	ready  bool
	cipher alg.ESPCipher // ESP
	mac    *alg.MAC      // nil: none

	head int // octets of ESP header: SPI and sequence number, or the SPI alone
	iv   int // octets of IV in a packet
	unit int // text, padding and trailer are a multiple of this
	icv  int // octets of ICV in a packet

	// What one packet needs, here so that it is not allocated.
	ivBuf    [16]byte // the IV, where it is derived
	numbered [12]byte // SPI and 64-bit sequence number, which an AEAD authenticates
	high     [4]byte  // high half of the sequence number, which a MAC authenticates
	icvBuf   [64]byte
	scratch  []byte // AH: the headers in front, with what may change zeroed

	life
}

// life is how far an SA may go; the highest value stands for no limit.
type life struct {
	hardOctets, hardPackets uint64
	softOctets, softPackets uint64 // the highest value also when it was told already
	end                     time.Time
	over                    bool // nothing goes any more, and the database knows
}

// setLife takes over the limits of the SA.
func (s *sa) setLife() {
	s.life = life{
		hardOctets: orNone(s.Hard.Octets), hardPackets: orNone(s.Hard.Packets),
		softOctets: orNone(s.Soft.Octets), softPackets: orNone(s.Soft.Packets),
		end: s.HardEnd(),
	}
}

func orNone(limit uint64) uint64 {
	if limit == 0 {
		return math.MaxUint64
	}
	return limit
}

// may reports whether a packet over which the algorithm runs for n octets may go by now: it would not
// carry the SA over a hard limit.
func (s *sa) may(now time.Time, n int) bool {
	return !s.over && s.Current.Octets+uint64(n) <= s.hardOctets && s.Current.Packets < s.hardPackets &&
		(s.end.IsZero() || now.Before(s.end))
}

// spend ends the SA; the database is told once.
func (s *sa) spend(r *Results) {
	if !s.over {
		s.over = true
		r.Used = append(r.Used, Used{ID: s.id, Usage: s.Current, Spent: true})
	}
}

// count notes a packet that went through, and tells the database when it should know.
func (s *sa) count(now time.Time, n int, r *Results) {
	u := &s.Current
	u.Octets += uint64(n)
	u.Packets++
	if u.FirstUse.IsZero() {
		s.firstUse(now, r)
	}
	if u.Octets >= s.softOctets || u.Packets >= s.softPackets || u.Octets >= s.hardOctets || u.Packets >= s.hardPackets {
		s.softOctets, s.softPackets = math.MaxUint64, math.MaxUint64
		s.tell(r)
	}
}

func (s *sa) firstUse(now time.Time, r *Results) {
	s.Current.FirstUse = now
	s.end = s.HardEnd()
	if s.Soft.Use > 0 || s.Hard.Use > 0 {
		s.tell(r)
	}
}

func (s *sa) tell(r *Results) {
	r.Used = append(r.Used, Used{ID: s.id, Usage: s.Current})
}

// prepare makes the algorithms ready. The SA was checked when it was added, so that what could fail here
// cannot; if it does all the same, the SA carries nothing.
func (s *sa) prepare() bool {
	if s.ready {
		return true
	}
	var err error
	if s.Integrity != nil && s.Integrity.ICV > 0 {
		if s.mac, err = s.Integrity.New(s.AuthKey); err != nil {
			return false
		}
		s.icv = s.mac.Size()
	}
	if s.Proto == sadb.ESP {
		if s.cipher, err = s.Cipher.NewESP(s.CipherKey); err != nil {
			return false
		}
		s.shapeESP()
	}
	s.ready = true
	return true
}

func (s *sa) shapeESP() {
	s.head, s.iv = ipsec.ESPHeaderSize, s.Cipher.IV
	if s.OldESP() {
		s.head = 4
	}
	if s.DerivedIV {
		s.iv = 0
	}
	s.unit = max(s.Cipher.Block, 4) // RFC 2406 section 2.4
	s.icv += s.Cipher.ICV
}

// cipherIV gives the IV for the cipher: that of the packet, or with DerivedIV the sequence number
// followed by its complement, and again for blocks of 16 octets.
func (s *sa) cipherIV(inPacket []byte, seq uint32) []byte {
	if !s.DerivedIV {
		return inPacket
	}
	for i := 0; i < len(s.ivBuf); i += 8 {
		putUint32(s.ivBuf[i:], seq)
		putUint32(s.ivBuf[i+4:], ^seq)
	}
	return s.ivBuf[:s.Cipher.IV]
}

// authenticated gives what an AEAD authenticates beside the text: the ESP header, with the whole
// sequence number if it is extended (RFC 4106 section 5).
func (s *sa) authenticated(head []byte, seq uint64) []byte {
	if !s.ESN {
		return head
	}
	putUint32(s.numbered[0:], s.SPI)
	putUint32(s.numbered[4:], uint32(seq>>32))
	putUint32(s.numbered[8:], uint32(seq))
	return s.numbered[:]
}

// notSent gives the high half of an extended sequence number, which the ICV covers behind everything
// else (RFC 4303 section 2.2.1); nothing for others.
func (s *sa) notSent(seq uint64) []byte {
	if !s.ESN {
		return nil
	}
	putUint32(s.high[:], uint32(seq>>32))
	return s.high[:]
}

func putUint32(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}

func getUint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
