package pfsa

import (
	"net/netip"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Asked tells for which ends an SA is wanted: in transport mode those of the packet, with its ports; in tunnel mode the
// tunnel's, with the packet's source as proxy (RFC 2367 sections 3.1.6, 5.2).
func Asked(a sadb.Acquire) []pfkey.Extension {
	t := &a.Template
	if t.Mode == sadb.Tunnel {
		return []pfkey.Extension{address(pfkey.ExtAddressSrc, t.Src), address(pfkey.ExtAddressDst, t.Dst),
			address(pfkey.ExtAddressProxy, a.Packet.Src.From)}
	}
	src, dst := address(pfkey.ExtAddressSrc, a.Packet.Src.From), address(pfkey.ExtAddressDst, a.Packet.Dst.From)
	if a.Packet.SrcPort != 0 || a.Packet.DstPort != 0 {
		src.Proto, src.Port = a.Packet.Proto, a.Packet.SrcPort
		dst.Proto, dst.Port = a.Packet.Proto, a.Packet.DstPort
	}
	return []pfkey.Extension{src, dst}
}

// ReadAsked is the reverse, as far as a message tells: the policy is not in it. Linux tells no mode; what has no X_SA2 is
// taken for transport mode.
func ReadAsked(m *pfkey.Message) (sadb.Acquire, error) {
	a := sadb.Acquire{Seq: m.Seq}
	x := extensionsOf(m)
	if err := x.neededAddresses(); err != nil {
		return a, err
	}
	proto, err := oneProtocol(m.SAType)
	if err != nil {
		return a, err
	}
	var sa sadb.SA
	x.readMode(&sa)
	src, dst := x.src.Value(), x.dst.Value()
	a.Template = sadb.Template{Proto: proto, Mode: sa.Mode, ReqID: sa.ReqID}
	if sa.Mode == sadb.Tunnel {
		a.Template.Src, a.Template.Dst = src.Addr(), dst.Addr()
		a.Packet.Src = sa.Selector.Src
		return a, nil
	}
	a.Packet = sadb.Selector{Src: rangeOf(src.Addr()), Dst: rangeOf(dst.Addr()), Proto: x.dst.Proto, SrcPort: src.Port(), DstPort: dst.Port()}
	if a.Packet.Proto == anyProtocol {
		a.Packet.Proto = 0
	}
	return a, nil
}

func rangeOf(a netip.Addr) sadb.Range {
	if !a.IsValid() || a.IsUnspecified() {
		return sadb.Range{}
	}
	return sadb.RangeOf(a)
}
