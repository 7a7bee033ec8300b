package ike1

import (
	"fmt"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A suite2 is what one phase 2 transform asks for. RFC 2407 section 4.5.
type suite2 struct {
	spec
	life life
	mode isakmp.EncapsulationMode // as sent; 0: not sent
}

// map2 has the values of the basic attributes of a transform, by class.
type map2 [12]uint16

// readSuite2 reads a transform of ESP or AH. known is false if we do not know the transform at all; such are
// passed over. The error is about attributes that we do not support, or that contradict each other.
func readSuite2(p isakmp.Protocol, t *isakmp.Transform) (s suite2, known bool, err error) {
	switch p {
	case isakmp.ProtoESP:
		s.proto, s.cipher = sadb.ESP, alg.CipherByESP(int(t.ID))
		known = s.cipher != nil
	case isakmp.ProtoAH:
		s.proto = sadb.AH
		known = alg.IntegrityByAH(int(t.ID)) != nil
	}
	if !known {
		return s, false, nil
	}
	values, have, err := readBasic2(t)
	if err != nil {
		return s, true, err
	}
	said := func(class isakmp.AttributeType) bool { return have&(1<<class) != 0 }
	if said(isakmp.P2EncapsulationMode) {
		s.mode = isakmp.EncapsulationMode(values[isakmp.P2EncapsulationMode])
		if s.mode != isakmp.ModeTunnel && s.mode != isakmp.ModeTransport && !inUDP(s.mode) {
			return s, true, fmt.Errorf("%v is not supported", s.mode)
		}
	}
	if said(isakmp.P2AuthAlgorithm) {
		n := values[isakmp.P2AuthAlgorithm]
		if s.integrity = alg.IntegrityByAttr(int(n)); s.integrity == nil {
			return s, true, fmt.Errorf("%v is not supported", isakmp.AuthAlgorithm(n))
		}
	}
	if p == isakmp.ProtoAH {
		err = s.readAH(t, said(isakmp.P2KeyLength))
	} else {
		err = s.readESP(said(isakmp.P2KeyLength), int(values[isakmp.P2KeyLength]), said(isakmp.P2KeyRounds), values[isakmp.P2KeyRounds])
	}
	if err == nil {
		s.life, err = readLife(isakmp.Phase2, t.Attributes)
	}
	return s, true, err
}

// readBasic2 reads the attributes that are no lifetimes. RFC 4304 section 2: 64-bit sequence numbers are
// not among what we do.
func readBasic2(t *isakmp.Transform) (values map2, have uint32, err error) {
	for _, a := range t.Attributes {
		switch a.Type {
		case isakmp.P2LifeType, isakmp.P2LifeDuration:
			continue // in pairs, by readLife
		case isakmp.P2Group, isakmp.P2EncapsulationMode, isakmp.P2AuthAlgorithm, isakmp.P2KeyLength, isakmp.P2KeyRounds:
		default:
			return values, have, attributeFault(isakmp.Phase2, a, "is not supported")
		}
		if !a.TV {
			return values, have, attributeFault(isakmp.Phase2, a, "must have the short form")
		}
		if have&(1<<a.Type) != 0 && values[a.Type] != a.Value {
			return values, have, attributeFault(isakmp.Phase2, a, "stands there with two values")
		}
		have |= 1 << a.Type
		values[a.Type] = a.Value
	}
	return values, have, nil
}

// readAH: the attribute must be there and say what the transform says. RFC 2407 section 4.4.3.
func (s *suite2) readAH(t *isakmp.Transform, keyLength bool) error {
	switch {
	case s.integrity == nil:
		return fmt.Errorf("AH without authentication algorithm")
	case s.integrity.AH != int(t.ID):
		return fmt.Errorf("%s with %s", isakmp.AHTransform(t.ID), s.integrity.Name)
	case keyLength:
		return fmt.Errorf("%s must not have a key length", s.integrity.Name)
	}
	return nil
}

// readESP: one of encryption and authentication there must be, and a key length as the cipher wants it.
// RFC 2406 section 3.2.5, RFC 2407 section 4.5, RFC 2451 section 2.
func (s *suite2) readESP(saidBits bool, bits int, saidRounds bool, rounds uint16) (err error) {
	switch {
	case s.cipher.MaxBits == 0 && s.integrity == nil:
		return fmt.Errorf("ESP with neither encryption nor authentication")
	case s.cipher.AEAD() && s.integrity != nil:
		return fmt.Errorf("%s with %s", s.cipher.Name, s.integrity.Name)
	case saidRounds && (s.cipher.ESP != int(isakmp.ESPRC5) || rounds != rc5Rounds):
		return fmt.Errorf("%s with %d rounds", s.cipher.Name, rounds)
	}
	s.bits, err = keyBits(s.cipher, s.cipher.ESPBits, saidBits, bits)
	return err
}

// rc5Rounds is the number that RC5 has in IPsec. RFC 2451 section 2.
const rc5Rounds = 16
