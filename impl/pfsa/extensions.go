package pfsa

import (
	"encoding/binary"
	"net/netip"

	"ikewit/impl/wire/pfkey"
)

// extensions are those of a message by name; nil: not there.
type extensions struct {
	sa                       *pfkey.SA
	current, hard, soft      *pfkey.Lifetime
	src, dst, proxy          *pfkey.Address
	auth, encrypt            *pfkey.Key
	srcIdentity, dstIdentity *pfkey.Identity
	sensitivity              *pfkey.Sensitivity
	private                  *pfkey.Raw
	sa2                      *pfkey.SA2
	natSport, natDport       *pfkey.NATTPort
	spiRange                 *pfkey.SPIRange
	proposal, supported      bool
	reserved                 bool // extension type 0
}

func extensionsOf(m *pfkey.Message) *extensions {
	x := &extensions{}
	for _, e := range m.Extensions {
		switch e := e.(type) {
		case *pfkey.SA:
			x.sa = e
		case *pfkey.Lifetime:
			x.putLifetime(e)
		case *pfkey.Address:
			x.putAddress(e)
		case *pfkey.Key:
			if e.Which == pfkey.ExtKeyAuth {
				x.auth = e
			} else {
				x.encrypt = e
			}
		case *pfkey.Identity:
			if e.Which == pfkey.ExtIdentitySrc {
				x.srcIdentity = e
			} else {
				x.dstIdentity = e
			}
		case *pfkey.Sensitivity:
			x.sensitivity = e
		case *pfkey.SA2:
			x.sa2 = e
		case *pfkey.NATTPort:
			if e.Which == pfkey.ExtNATTSport {
				x.natSport = e
			} else {
				x.natDport = e
			}
		case *pfkey.SPIRange:
			x.spiRange = e
		case *pfkey.Proposal:
			x.proposal = true
		case *pfkey.Supported:
			x.supported = true
		case *pfkey.Raw:
			if e.Which == pfkey.ExtKMPrivate {
				x.private = e
			}
			x.reserved = x.reserved || e.Which == pfkey.ExtReserved
		}
	}
	return x
}

func (x *extensions) putLifetime(e *pfkey.Lifetime) {
	switch e.Which {
	case pfkey.ExtLifetimeHard:
		x.hard = e
	case pfkey.ExtLifetimeSoft:
		x.soft = e
	default:
		x.current = e
	}
}

func (x *extensions) putAddress(e *pfkey.Address) {
	switch e.Which {
	case pfkey.ExtAddressSrc:
		x.src = e
	case pfkey.ExtAddressDst:
		x.dst = e
	case pfkey.ExtAddressProxy:
		x.proxy = e
	}
}

// needed checks what every message about one SA has: a type, an association, two addresses of one family.
func (x *extensions) needed(m *pfkey.Message) error {
	if _, err := oneProtocol(m.SAType); err != nil {
		return err
	}
	switch {
	case x.reserved:
		return Invalid(pfkey.UnknownExtension)
	case x.proposal:
		return Invalid(pfkey.ProposalNotNeeded)
	case x.supported:
		return Invalid(pfkey.SupportedNotNeeded)
	case x.sa == nil:
		return Invalid(pfkey.MissingSA)
	case x.sa.SPI == 0:
		return Invalid(pfkey.MalformedSA)
	}
	return x.neededAddresses()
}

func (x *extensions) neededAddresses() error {
	switch {
	case x.dst == nil:
		return Invalid(pfkey.MissingDst)
	case x.src == nil:
		return Invalid(pfkey.MissingSrc)
	}
	src, dst := x.src.Value().Addr(), x.dst.Value().Addr()
	switch {
	case !dst.IsValid() && knownFamily(x.dst):
		return Invalid(pfkey.MalformedDst)
	case !dst.IsValid():
		return Invalid(pfkey.BadDstFamily)
	case !src.IsValid() && knownFamily(x.src):
		return Invalid(pfkey.MalformedSrc)
	case !src.IsValid():
		return Invalid(pfkey.BadSrcFamily)
	case src.BitLen() != dst.BitLen():
		return Invalid(pfkey.FamilyMismatch)
	case dst.IsUnspecified() || dst.Is4In6():
		return Invalid(pfkey.BadDst)
	case src.IsMulticast() || src.Is4In6() || src == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return Invalid(pfkey.BadSrc)
	}
	if x.proxy != nil {
		proxy := x.proxy.Value().Addr()
		if proxy.BitLen() != dst.BitLen() || proxy.IsMulticast() || int(x.proxy.PrefixLen) > proxy.BitLen() {
			return Invalid(pfkey.BadProxyFamily)
		}
	}
	return nil
}

// knownFamily reports whether a socket address that cannot be read says a family that we know: it is cut off.
func knownFamily(a *pfkey.Address) bool {
	if len(a.Sockaddr) < 2 {
		return true
	}
	family := binary.NativeEndian.Uint16(a.Sockaddr)
	return family == familyInet || family == familyInet6
}
