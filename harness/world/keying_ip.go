package world

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ikewit/harness/capture/ipsec"
)

// IPXfrmAgrees compares what ip xfrm state prints on a host with the command files, as the judge reads them.
func (w *World) IPXfrmAgrees(ctx context.Context, name string) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	out, err := n.Host(name).Command(ctx, "ip", "xfrm", "state").Output()
	if err != nil {
		return fmt.Errorf("ip xfrm state on %s: %w", name, err)
	}
	got, err := ipStates(string(out))
	if err != nil {
		return fmt.Errorf("ip xfrm state on %s: %w", name, err)
	}
	var want []string
	for _, sa := range w.keying.sas {
		want = append(want, ipStateOf(sa))
	}
	slices.Sort(want)
	if i := differ(want, got); i >= 0 || len(want) == 0 {
		return sadMismatch("SAs of "+name+" by ip xfrm state", at(want, i), at(got, i))
	}
	return nil
}

// ipStateOf is an SA in the words of ipStates.
func ipStateOf(sa *ipsec.SA) string {
	auth, enc := "none", "none"
	if i := sa.Integrity; i != nil {
		auth = fmt.Sprintf("%s/%d %s", kernelHashes[i.Name], 8*i.ICV, digest(sa.AuthKey))
	}
	if c := sa.Cipher; c != nil {
		enc = kernelCiphers[c.Name] + " " + digest(sa.Key)
	}
	return fmt.Sprintf("%d %08x %v -> %v %v, auth %s, enc %s", kernelProtocols[sa.Protocol], sa.SPI, sa.Src, sa.Dst, sa.Mode, auth, enc)
}

// ipStates reads the listing of iproute2, an SA a text, in order:
//
//	src 192.0.2.1 dst 192.0.2.2
//		proto esp spi 0x00001001 reqid 0 mode transport
//		auth-trunc hmac(md5) 0x0001.. 96
//		enc cbc(des) 0x0123..
func ipStates(text string) (list []string, err error) {
	for block := range strings.SplitSeq("\n"+text, "\nsrc ") {
		if strings.TrimSpace(block) == "" {
			continue
		}
		x, err := ipState("src " + block)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	slices.Sort(list)
	return list, nil
}

func ipState(block string) (string, error) {
	first, rest, _ := strings.Cut(block, "\n")
	head := wordPairs(first)
	src, err1 := netip.ParseAddr(head["src"])
	dst, err2 := netip.ParseAddr(head["dst"])
	if err1 != nil || err2 != nil {
		return "", fmt.Errorf("%q names no ends", first)
	}
	auth, enc := "none", "none"
	var name map[string]string
	for line := range strings.SplitSeq(rest, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "proto":
			name = wordPairs(line)
		case words[0] == "auth-trunc" && len(words) == 4:
			key, err := hex.DecodeString(strings.TrimPrefix(words[2], "0x"))
			if err != nil {
				return "", err
			}
			auth = words[1] + "/" + words[3] + " " + digest(key)
		case words[0] == "enc":
			var key []byte
			if len(words) > 2 {
				var err error
				if key, err = hex.DecodeString(strings.TrimPrefix(words[2], "0x")); err != nil {
					return "", err
				}
			}
			enc = words[1] + " " + digest(key)
		}
	}
	proto := map[string]int{"esp": 50, "ah": 51}[name["proto"]]
	return fmt.Sprintf("%d %08s %v -> %v %s, auth %s, enc %s", proto, strings.TrimPrefix(name["spi"], "0x"), src, dst, name["mode"], auth, enc), nil
}

// wordPairs reads "src a dst b".
func wordPairs(line string) map[string]string {
	words := strings.Fields(line)
	m := map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		m[words[i]] = words[i+1]
	}
	return m
}
