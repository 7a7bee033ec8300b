package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ikewit/netns"
)

// kernelTexts dumps what the kernels hold, counted and told, for the bundle; nil where they are no witnesses.
func (w *World) kernelTexts() map[string]string {
	if w.kernel == nil {
		return nil
	}
	k, n, err := w.witness()
	if err != nil {
		return nil
	}
	texts := map[string]string{}
	for _, name := range w.top.Peers {
		var b strings.Builder
		sas, err := n.Host(name).KernelSAs()
		if err != nil {
			fmt.Fprintf(&b, "# %v\n", err)
		}
		for i := range sas {
			b.WriteString(kernelSAText(&sas[i]))
		}
		policies, err := n.Host(name).KernelPolicies()
		if err != nil {
			fmt.Fprintf(&b, "# %v\n", err)
		}
		for _, p := range policies {
			fmt.Fprintf(&b, "policy %v, tunnel %t from %v to %v, reqid %d\n", p, p.Tunnel, p.OuterSrc, p.OuterDst, p.ReqID)
		}
		now, err := n.Host(name).KernelCounters()
		if err != nil {
			fmt.Fprintf(&b, "# %v\n", err)
		}
		for _, counter := range slices.Sorted(maps.Keys(now)) {
			if grown := now[counter] - k.before[name][counter]; grown != 0 {
				fmt.Fprintf(&b, "counted %s %d\n", counter, grown)
			}
		}
		k.mu.Lock()
		list := slices.Clone(k.notices[name])
		k.mu.Unlock()
		for _, notice := range list {
			fmt.Fprintf(&b, "%10.6f %s\n", notice.At.Sub(w.start).Seconds(), w.noticeText(name, notice))
		}
		texts[name] = b.String()
	}
	return texts
}

// kernelSAText writes an SA without its keys.
func kernelSAText(k *netns.KernelSA) string {
	return fmt.Sprintf("SA %08x protocol %d, tunnel %t, %v -> %v, reqid %d, %s %s cut to %d bits, encapsulation %s\n"+
		"    window %d, selector %s, hard %d s %d octets, used %d octets %d packets\n",
		k.SPI, k.Proto, k.Tunnel, k.Src, k.Dst, k.ReqID, k.Cipher, k.Integrity, k.Truncation, encapsulationText(k.Encap, k.EncapPorts),
		k.Window, kernelSelector(k.SrcClient, k.DstClient, k.SelectorProto, k.SrcPort, k.DstPort), k.HardSeconds, k.HardBytes, k.UsedBytes, k.Packets)
}
