package pfsa

import (
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Range takes what a GETSPI asks for: a larval SA without its SPI, and the bounds, both included. RFC 2367 section 3.1.1.
func Range(m *pfkey.Message) (larval sadb.SA, low, high uint32, err error) {
	if larval.Proto, err = oneProtocol(m.SAType); err != nil {
		return larval, 0, 0, err
	}
	x := extensionsOf(m)
	if err := x.neededAddresses(); err != nil {
		return larval, 0, 0, err
	}
	switch {
	case x.spiRange == nil:
		return larval, 0, 0, Invalid(pfkey.MissingRange)
	case x.spiRange.Min > x.spiRange.Max || x.spiRange.Min < sadb.MinSPI:
		return larval, 0, 0, Invalid(pfkey.MalformedRange)
	}
	larval.Src, larval.Dst = x.src.Value().Addr(), x.dst.Value().Addr()
	x.readMode(&larval)
	return larval, x.spiRange.Min, x.spiRange.Max, nil
}

// Bare checks a message that is a base header alone: REGISTER, FLUSH, DUMP. Extensions that PF_KEY does not know are
// passed over (RFC 2367 section 2.3).
func Bare(m *pfkey.Message) error {
	for _, e := range m.Extensions {
		if e.Kind() <= pfkey.ExtSPIRange {
			return Invalid(pfkey.NoExtensions)
		}
	}
	return nil
}

// Wanted checks an ACQUIRE of an application: two addresses and a proposal (RFC 2367 section 3.1.6).
func Wanted(m *pfkey.Message) error {
	x := extensionsOf(m)
	if err := x.neededAddresses(); err != nil {
		return err
	}
	if !x.proposal {
		return Invalid(pfkey.NoDiagnostic)
	}
	return nil
}

// Public gives the extensions of a request that listeners may see: all that we know but keys.
func Public(m *pfkey.Message) []pfkey.Extension {
	list := make([]pfkey.Extension, 0, len(m.Extensions))
	for _, e := range m.Extensions {
		switch e.(type) {
		case *pfkey.Key:
		case *pfkey.Raw:
			if e.Kind() == pfkey.ExtKMPrivate {
				list = append(list, e)
			}
		default:
			list = append(list, e)
		}
	}
	return list
}
