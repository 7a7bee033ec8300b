package world

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// IPXfrmAgrees compares what ip xfrm state prints on a host with the command files, as the judge reads them.
func (w *World) IPXfrmAgrees(ctx context.Context, name string) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	out, err := n.Host(name).Command(ctx, "ip", "-s", "xfrm", "state").Output()
	if err != nil {
		return fmt.Errorf("ip xfrm state on %s: %w", name, err)
	}
	got, err := ipStates(string(out))
	if err != nil {
		return fmt.Errorf("ip xfrm state on %s: %w", name, err)
	}
	var want []string
	for _, sa := range w.keying.written {
		want = append(want, ipStateOf(sa))
	}
	slices.Sort(want)
	if i := differ(want, got); i >= 0 || len(want) == 0 {
		return sadMismatch("SAs of "+name+" by ip xfrm state", at(want, i), at(got, i))
	}
	return nil
}

// The limits of an SA, in the order in which iproute2 prints them, by their words in ipseckey.
var ipLimits = []string{"bytes", "alloc", "addtime", "usetime"}

// ipStateOf is an SA in the words of ipStates.
func ipStateOf(sa writtenSA) string {
	auth, enc := "none", "none"
	if i := sa.Integrity; i != nil {
		auth = fmt.Sprintf("%s/%d %s", kernelHashes[i.Name], 8*i.ICV, digest(sa.AuthKey))
	}
	if c := sa.Cipher; c != nil {
		enc = kernelCiphers[c.Name] + " " + digest(sa.Key)
	}
	inner := "any"
	if sa.Selector.Src.From.IsValid() {
		inner = netip.PrefixFrom(sa.Selector.Src.From, sa.Selector.Src.From.BitLen()).String()
	}
	var limits []string
	for _, word := range ipLimits {
		limits = append(limits, fmt.Sprintf("%d-%d", sa.limits["soft_"+word], sa.limits["hard_"+word]))
	}
	return fmt.Sprintf("%d 0x%08x %v -> %v %v, inner %s, window %d, auth %s, enc %s, limits %s", kernelProtocols[sa.Protocol], sa.SPI, sa.Src, sa.Dst, sa.Mode,
		inner, sa.window, auth, enc, strings.Join(limits, " "))
}

// ipStates reads the listing of iproute2 with -s, an SA a text, in order:
//
//	src 192.0.2.1 dst 192.0.2.2
//		proto esp spi 0x00001001(4097) reqid 0(0x00000000) mode transport
//		replay-window 32 seq 0x00000000 flag  (0x00000000)
//		auth-trunc hmac(md5) 0x0001.. (128 bits) 96
//		enc cbc(des) 0x0123.. (64 bits)
//		sel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0
//		lifetime config:
//		  limit: soft (INF)(bytes), hard 2048000(bytes)
//		  limit: soft (INF)(packets), hard (INF)(packets)
//		  expire add: soft 0(sec), hard 3600(sec)
//		  expire use: soft 0(sec), hard 0(sec)
func ipStates(text string) (list []string, err error) {
	for block := range strings.SplitSeq("\n"+text, "\nsrc ") {
		if strings.TrimSpace(block) == "" {
			continue
		}
		x, err := readIPState("src " + block)
		if err != nil {
			return nil, err
		}
		list = append(list, x.String())
	}
	slices.Sort(list)
	return list, nil
}

// An ipState is one SA of the listing.
type ipState struct {
	head, name map[string]string // of the first two lines
	window     string
	auth, enc  string
	inner      string
	limits     []string
	unreadable error
}

func (x *ipState) String() string {
	spi, _, _ := strings.Cut(x.name["spi"], "(")
	proto := map[string]int{"esp": 50, "ah": 51}[x.name["proto"]]
	return fmt.Sprintf("%d %s %s -> %s %s, inner %s, window %s, auth %s, enc %s, limits %s", proto, spi, x.head["src"], x.head["dst"], x.name["mode"],
		x.inner, x.window, x.auth, x.enc, strings.Join(x.limits, " "))
}

func readIPState(block string) (*ipState, error) {
	first, rest, _ := strings.Cut(block, "\n")
	x := &ipState{head: wordPairs(first), window: "0", auth: "none", enc: "none", inner: "any"}
	for line := range strings.SplitSeq(rest, "\n") {
		if words := strings.Fields(line); len(words) > 1 {
			x.read(line, words)
		}
	}
	if x.unreadable == nil && len(x.limits) != len(ipLimits) {
		x.unreadable = fmt.Errorf("%q: %d limits", first, len(x.limits))
	}
	return x, x.unreadable
}

func (x *ipState) read(line string, words []string) {
	switch words[0] {
	case "proto":
		x.name = wordPairs(line)
	case "replay-window":
		if x.window == "0" && len(x.limits) == 0 { // later it is a counter
			x.window = words[1]
		}
	case "replay_window": // of the context of wide windows
		x.window = strings.TrimSuffix(words[1], ",")
	case "sel":
		if s := wordPairs(strings.TrimPrefix(strings.TrimSpace(line), "sel "))["src"]; !strings.HasSuffix(s, "/0") {
			x.inner = s
		}
	case "auth-trunc":
		x.auth = words[1] + "/" + words[len(words)-1] + " " + x.key(words[2:])
	case "enc":
		x.enc = words[1] + " " + x.key(words[2:])
	case "limit:", "expire":
		soft, _, _ := strings.Cut(strings.ReplaceAll(words[len(words)-3], "(INF)", "0"), "(")
		hard, _, _ := strings.Cut(strings.ReplaceAll(words[len(words)-1], "(INF)", "0"), "(")
		x.limits = append(x.limits, soft+"-"+hard)
	}
}

// key gives the digest of a key in hexadecimal digits; there may be none.
func (x *ipState) key(words []string) string {
	if len(words) == 0 {
		return digest(nil)
	}
	key, err := hex.DecodeString(strings.TrimPrefix(words[0], "0x"))
	if err != nil && x.unreadable == nil {
		x.unreadable = errors.New("a key is not hexadecimal")
	}
	return digest(key)
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
