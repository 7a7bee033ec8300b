package pfsa

import (
	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// SAType gives the SA type of a protocol; SATypeUnspec for one that PF_KEY does not know, and for 0.
func SAType(p sadb.Protocol) pfkey.SAType {
	switch p {
	case sadb.ESP:
		return pfkey.SATypeESP
	case sadb.AH:
		return pfkey.SATypeAH
	case sadb.IPComp:
		return pfkey.SATypeIPComp
	}
	return pfkey.SATypeUnspec
}

// ProtocolOf gives the protocol of an SA type, 0 for SATypeUnspec. It fails for types that are not of
// IPsec (OSPFv2, RIPv2 ...) and for IPComp, whose SAs need no keying.
func ProtocolOf(t pfkey.SAType) (sadb.Protocol, error) {
	switch t {
	case pfkey.SATypeUnspec:
		return 0, nil
	case pfkey.SATypeESP:
		return sadb.ESP, nil
	case pfkey.SATypeAH:
		return sadb.AH, nil
	}
	return 0, Invalid(pfkey.UnknownSAType)
}

// oneProtocol is ProtocolOf for messages about a single SA.
func oneProtocol(t pfkey.SAType) (sadb.Protocol, error) {
	if t == pfkey.SATypeUnspec {
		return 0, Invalid(pfkey.SATypeNeeded)
	}
	return ProtocolOf(t)
}

// CipherNumber gives the encryption algorithm number; 0 if there is none. Ciphers without a number of PF_KEY have that of their ESP
// transform: where both exist they are the same.
func CipherNumber(c *alg.Cipher) uint8 {
	switch {
	case c == nil:
		return 0
	case c.PFKEY != 0:
		return uint8(c.PFKEY)
	}
	return uint8(c.ESP)
}

// CipherOf is the reverse of CipherNumber; nil for a number that means nothing.
func CipherOf(n uint8) *alg.Cipher {
	if c := alg.CipherByPFKEY(int(n)); c != nil {
		return c
	}
	return alg.CipherByESP(int(n))
}

// IntegrityNumber gives the authentication algorithm number; 0 for none.
func IntegrityNumber(i *alg.Integrity) uint8 {
	if i == nil {
		return 0
	}
	return uint8(i.PFKEY)
}

// IntegrityOf is the reverse of IntegrityNumber; nil for a number that means nothing.
func IntegrityOf(n uint8) *alg.Integrity { return alg.IntegrityByPFKEY(int(n)) }

// nameless is the number of an algorithm that has none, or that we do not know: the SA has a key for it.
const nameless = 255

// State gives the state of an SA as PF_KEY numbers it. What has neither algorithm nor key is larval, also where a
// kernel does not say so.
func State(sa *sadb.SA) pfkey.SAState {
	bare := sa.Cipher == nil && sa.Integrity == nil && len(sa.CipherKey) == 0 && len(sa.AuthKey) == 0
	if sa.State == sadb.Mature && bare && sa.Proto != sadb.IPComp {
		return pfkey.Larval
	}
	return pfkey.SAState(sa.State)
}
