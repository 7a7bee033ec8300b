package world

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/netns"
)

// foreignKernelsAgree compares what the kernels of foreign peers hold with what follows from the wire. With our own SAs that is an
// agreement of three. How long a peer keeps an SA it decides itself.
func (w *World) foreignKernelsAgree(e *evidence) error {
	var all Findings
	for _, p := range w.Running() {
		if _, foreign := w.notOurs(p); !foreign || p.Kernel() != "xfrm" {
			continue
		}
		k, err := w.kernelOf(p.Host())
		if err != nil {
			return err
		}
		w.kernelOutside(p.Host(), k.sas, k.policies)
		j := kernelJudge{
			host: p.Host(), addr: w.wireAddr(p.Host()), ports: w.encapsulation(e, p.Host()), window: w.windowOf(p.Host()), foreign: true,
			sas: k.sas, policies: k.policies,
		}
		all = append(all, j.compare(e.Wire)...)
	}
	if len(all) > 0 {
		return all
	}
	return nil
}

// windowOf is the replay window that a foreign peer was configured for, in packets.
func (w *World) windowOf(host string) int { return int(w.foreign.terms[host].Conn.IPsec.ReplayWindow) }

// kernelContents is what the kernel of a host holds.
type kernelContents struct {
	sas      []netns.KernelSA
	policies []netns.KernelPolicy
}

// kernelOf reads the kernel of a host. An SPI that is only reserved has no algorithm yet, and is no SA.
func (w *World) kernelOf(host string) (k kernelContents, err error) {
	n, err := w.namespaces()
	if err != nil {
		return k, err
	}
	if k.sas, err = n.Host(host).KernelSAs(); err != nil {
		return k, err
	}
	k.sas = slices.DeleteFunc(k.sas, func(sa netns.KernelSA) bool { return sa.Cipher == "" && sa.Integrity == "" })
	k.policies, err = n.Host(host).KernelPolicies()
	return k, err
}

// foreignKernelTexts dumps, without keys, what is in the kernels of all peers that have their SAs there, if one of them is foreign.
func (w *World) foreignKernelTexts() map[string]string {
	texts := map[string]string{}
	if len(w.foreign.hosts) == 0 {
		return texts
	}
	for _, p := range w.Running() {
		if p.Kernel() != "xfrm" {
			continue
		}
		var b strings.Builder
		k, err := w.kernelOf(p.Host())
		if err != nil {
			fmt.Fprintf(&b, "# %v\n", err)
		}
		for i := range k.sas {
			b.WriteString(kernelSAText(&k.sas[i]))
		}
		for _, p := range k.policies {
			fmt.Fprintf(&b, "policy %v, tunnel %t from %v to %v, reqid %d\n", p, p.Tunnel, p.OuterSrc, p.OuterDst, p.ReqID)
		}
		texts[p.Host()] = b.String()
	}
	return texts
}

// borrowKeys takes the SAs of the first of two foreign peers, of whom nobody tells a secret, from its kernel: with them the judge
// opens the packets, and to them it compares the other's kernel.
func (w *World) borrowKeys() error {
	if len(w.foreign.hosts) != 2 || w.Running()[0].Kernel() != "xfrm" || len(w.keying.sas) > 0 {
		return nil
	}
	k, err := w.kernelOf(w.top.Peers[0])
	if err != nil {
		return err
	}
	for _, sa := range k.sas {
		x, err := k.reading(sa)
		if err != nil {
			return fmt.Errorf("the kernel of %s, SPI %08x: %w", w.top.Peers[0], sa.SPI, err)
		}
		w.keying.sas = append(w.keying.sas, x)
	}
	w.cached = nil
	return nil
}

// reading is an SA of a kernel as the judge computes with it. Its selector is that of the policy which leads to it.
func (k kernelContents) reading(sa netns.KernelSA) (*ipsec.SA, error) {
	x := &ipsec.SA{
		SPI: sa.SPI, Src: sa.Src, Dst: sa.Dst, Mode: ipsec.Transport, UDP: sa.Encap != "", Confirmed: true,
		Protocol: isakmp.ProtoESP, Key: crypt.Secret(sa.CipherKey), AuthKey: crypt.Secret(sa.AuthKey),
	}
	if sa.Tunnel {
		x.Mode = ipsec.Tunnel
	}
	if sa.Proto == kernelProtocols[isakmp.ProtoAH] {
		x.Protocol = isakmp.ProtoAH
	} else {
		for _, c := range crypt.Ciphers() {
			if kernelCiphers[c.Name] == sa.Cipher && 8*c.ICV == sa.CipherICV {
				x.Cipher = c
			}
		}
		if x.Cipher == nil {
			return nil, fmt.Errorf("the judge does not know the cipher %q", sa.Cipher)
		}
	}
	for name, hash := range kernelHashes {
		if i := crypt.IntegrityByName(name); i != nil && hash == sa.Integrity && 8*i.ICV == sa.Truncation {
			x.Integrity = i
		}
	}
	for _, p := range k.policies {
		if p.IPsec == sa.Proto && p.Tunnel == sa.Tunnel && p.Src.IsValid() && p.Dst.IsValid() && p.Src.Contains(sa.Src) && p.Dst.Contains(sa.Dst) {
			x.Selector = ipsec.Selector{Src: rangeOf(p.Src), Dst: rangeOf(p.Dst), Proto: p.Proto, SrcPort: p.SrcPort, DstPort: p.DstPort}
			return x, nil
		}
	}
	return nil, fmt.Errorf("no policy leads to it")
}

func rangeOf(p netip.Prefix) ipsec.Range {
	first := p.Masked().Addr()
	last := first.AsSlice()
	for i := range last {
		for bit := range 8 {
			if 8*i+bit >= p.Bits() {
				last[i] |= 0x80 >> bit
			}
		}
	}
	to, _ := netip.AddrFromSlice(last)
	return ipsec.Range{From: first, To: to}
}
