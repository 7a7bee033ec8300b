package world

import (
	"fmt"
	"net/netip"

	"ikewit/harness/capture"
	"ikewit/harness/capture/ipsec"
	"ikewit/netns"
)

// nattPort is the port to which IKE moves, and ESP in UDP with it. RFC 3947 section 4.
const nattPort = 4500

// kernelOutside puts the address of the NAT in the place of that behind it, in what a kernel holds, as outside does.
func (w *World) kernelOutside(name string, sas []netns.KernelSA, policies []netns.KernelPolicy) {
	in, out := w.inside(name), w.wireAddr(name)
	if !in.IsValid() {
		return
	}
	ends := func(list ...*netip.Addr) {
		for _, a := range list {
			if *a == in {
				*a = out
			}
		}
	}
	clients := func(tunnel bool, list ...*netip.Prefix) {
		for _, p := range list {
			if *p == single(in) && !tunnel {
				*p = single(out)
			}
		}
	}
	for i := range sas {
		k := &sas[i]
		ends(&k.Src, &k.Dst)
		clients(k.Tunnel, &k.SrcClient, &k.DstClient)
	}
	for i := range policies {
		p := &policies[i]
		ends(&p.OuterSrc, &p.OuterDst)
		clients(p.Tunnel, &p.Src, &p.Dst)
	}
}

// encapsulation gives the UDP port of each end as the kernel of a host has to use it: its own is that to which IKE moved, whatever a
// NAT before it makes of it; the peer's is the one that the latest genuine datagram came from. RFC 3947 sections 4 and 7.
func (w *World) encapsulation(e *evidence, name string) map[netip.Addr]uint16 {
	ports := map[netip.Addr]uint16{w.wireAddr(name): nattPort}
	peer, latest := w.wireAddr(w.other(name)), 0
	note := func(frame int, natt bool, src netip.AddrPort) {
		if natt && src.Addr() == peer && frame > latest && !e.Forged[frame] {
			ports[peer], latest = src.Port(), frame
		}
	}
	for _, m := range e.messages() {
		if m.Plain != nil {
			note(m.Frame, m.NATT, m.Src)
		}
	}
	for _, p := range e.Packets() {
		if p.Opened != nil && p.Record.Kind == capture.KindESP {
			note(p.Record.Frame, p.Record.NATT, p.Record.Src)
		}
	}
	return ports
}

// encapsulation is what the kernel has to hold of an SA.
func (j *kernelJudge) encapsulation(sa *ipsec.SA) string {
	if !sa.UDP {
		return encapsulationText("", [2]uint16{})
	}
	return encapsulationText("espinudp", [2]uint16{j.ports[sa.Src], j.ports[sa.Dst]})
}

func encapsulationText(kind string, ports [2]uint16) string {
	if kind == "" {
		return "none"
	}
	return fmt.Sprintf("%s, port %d to port %d", kind, ports[0], ports[1])
}
