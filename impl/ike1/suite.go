package ike1

import (
	"fmt"
	"strings"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/wire/isakmp"
)

// A suite is what one phase 1 transform asks for. RFC 2409 section 4 and appendix A.
type suite struct {
	cipher *alg.Cipher
	bits   int // of the cipher's key
	hash   *alg.Hash
	auth   conn.AuthMethod
	group  *alg.Group
}

// String is "3des sha1 psk modp1024".
func (s suite) String() string {
	return fmt.Sprintf("%s %v %s %v", cipherText(s.cipher, s.bits), s.hash, authText(s.auth), s.group)
}

// authText is "psk", or the RFC's name of another method.
func authText(a conn.AuthMethod) string {
	if a == conn.PreSharedKey {
		return "psk"
	}
	return isakmp.AuthMethod(a).String()
}

// cipherText is "3des", or "aes 128" where the length is a choice.
func cipherText(c *alg.Cipher, bits int) string {
	if c.FixedKey() {
		return c.Name
	}
	return fmt.Sprintf("%s %d", c.Name, bits)
}

// offerISAKMP makes the SA of MI1 or AI1: one proposal, a transform for each that the connection offers. In
// Aggressive Mode only those of the first one's group: that of the public value, which goes with them. RFC 2409
// section 5.
func offerISAKMP(c *conn.Connection) *isakmp.SA {
	var list []isakmp.Transform
	for i := range c.ISAKMP.Offer {
		if c.ISAKMP.Exchange == conn.AggressiveMode && c.ISAKMP.Offer[i].Group != c.ISAKMP.Offer[0].Group {
			continue
		}
		list = append(list, isakmp.Transform{
			Number: uint8(i + 1), ID: isakmp.KeyIKE, Attributes: suiteAttributes(&c.ISAKMP.Offer[i], c.ISAKMP.Life),
		})
	}
	return &isakmp.SA{
		DOI: isakmp.DOIIPsec, Situation: isakmp.SituationIdentityOnly,
		Proposals: []isakmp.Proposal{isakmp.NewProposal(1, isakmp.ProtoISAKMP, nil, list...)},
	}
}

// suiteAttributes writes a proposal as attributes. Basic ones have the short form; a key length is sent
// where the cipher has several, never otherwise. RFC 2409 appendix A.
func suiteAttributes(o *conn.ISAKMPProposal, life time.Duration) []isakmp.Attribute {
	list := []isakmp.Attribute{
		isakmp.TV(isakmp.P1Encryption, uint16(o.Cipher.IKEv1)),
		isakmp.TV(isakmp.P1Hash, uint16(o.Hash.IKEv1)),
		isakmp.TV(isakmp.P1AuthMethod, uint16(o.Auth)),
		isakmp.TV(isakmp.P1Group, uint16(o.Group.Number)),
	}
	if o.Cipher.KeyLength != alg.Forbidden {
		bits := o.KeyBits
		if bits == 0 {
			bits = o.Cipher.IKEBits
		}
		if o.KeyBits != 0 || o.Cipher.KeyLength == alg.Required {
			list = append(list, isakmp.TV(isakmp.P1KeyLength, uint16(bits)))
		}
	}
	if life > 0 {
		list = append(list, isakmp.TV(isakmp.P1LifeType, isakmp.LifeSeconds),
			isakmp.TLV32(isakmp.P1LifeDuration, uint32(life/time.Second)))
	}
	return list
}

// readSuite reads a phase 1 transform. What it asks for may be unknown to us: then the fields are nil, and
// numbers has what was asked. The error is about attributes that contradict each other or the RFC; it
// concerns this transform only.
func readSuite(t *isakmp.Transform) (s suite, numbers map1, err error) {
	const wanted = 1<<isakmp.P1Encryption | 1<<isakmp.P1Hash | 1<<isakmp.P1AuthMethod | 1<<isakmp.P1Group
	have := uint32(0)
	for _, a := range t.Attributes {
		switch a.Type {
		case isakmp.P1LifeType, isakmp.P1LifeDuration:
			continue // in pairs, by readLife
		case isakmp.P1Encryption, isakmp.P1Hash, isakmp.P1AuthMethod, isakmp.P1Group, isakmp.P1KeyLength:
		default:
			return s, numbers, attributeFault(isakmp.Phase1, a, "is not supported")
		}
		if !a.TV {
			return s, numbers, attributeFault(isakmp.Phase1, a, "must have the short form")
		}
		if have&(1<<a.Type) != 0 && numbers[a.Type] != a.Value {
			return s, numbers, attributeFault(isakmp.Phase1, a, "stands there with two values")
		}
		have |= 1 << a.Type
		numbers[a.Type] = a.Value
	}
	if missing := wanted &^ have; missing != 0 {
		return s, numbers, fmt.Errorf("%s is missing", missingNames(isakmp.Phase1, missing))
	}
	s = suite{
		cipher: alg.CipherByIKEv1(int(numbers[isakmp.P1Encryption])),
		hash:   alg.HashByIKEv1(int(numbers[isakmp.P1Hash])),
		auth:   conn.AuthMethod(numbers[isakmp.P1AuthMethod]),
		group:  alg.GroupByNumber(int(numbers[isakmp.P1Group])),
	}
	if s.cipher != nil {
		s.bits, err = keyBits(s.cipher, s.cipher.IKEBits, have&(1<<isakmp.P1KeyLength) != 0, int(numbers[isakmp.P1KeyLength]))
	}
	return s, numbers, err
}

// map1 has the values of the basic attributes of a transform, by class.
type map1 [17]uint16

// keyBits is the key length that a transform means. RFC 3602 section 5.3: AES must say it; RFC 2409
// appendix A and RFC 2407 section 4.5: ciphers of one length must not.
func keyBits(c *alg.Cipher, unsaid int, said bool, bits int) (int, error) {
	switch {
	case said && c.KeyLength == alg.Forbidden:
		return 0, fmt.Errorf("%s must not have a key length", c.Name)
	case !said && c.KeyLength == alg.Required:
		return 0, fmt.Errorf("%s must have a key length", c.Name)
	case !said:
		return unsaid, nil
	}
	return bits, c.CheckKeyBits(bits)
}

// attributeFault is what is wrong with an attribute.
func attributeFault(p isakmp.Phase, a isakmp.Attribute, what string) error {
	return fmt.Errorf("%s %s", p.AttributeName(a.Type), what)
}

// missingNames names the classes of a set of bits.
func missingNames(p isakmp.Phase, missing uint32) string {
	var names []string
	for class := isakmp.AttributeType(0); class < 32; class++ {
		if missing&(1<<class) != 0 {
			names = append(names, p.AttributeName(class))
		}
	}
	return strings.Join(names, ", ")
}
