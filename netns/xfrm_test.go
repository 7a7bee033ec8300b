package netns

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/netns/topo"
)

// A key shows its length whatever the verb.
func TestKernelKeysDoNotPrint(t *testing.T) {
	k := KernelSA{CipherKey: KernelKey("sixteen octets!!"), AuthKey: KernelKey("secret")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q"} {
		for _, text := range []string{fmt.Sprintf(verb, k), fmt.Sprintf(verb, k.AuthKey)} {
			if strings.Contains(text, "secret") || strings.Contains(text, "736563726574") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
	if text := fmt.Sprint(k.CipherKey); text != "16 octets" {
		t.Error(text)
	}
}

// message is one netlink message.
func message(kind uint16, body []byte) []byte {
	b := make([]byte, unix.SizeofNlMsghdr)
	binary.NativeEndian.PutUint32(b, uint32(unix.SizeofNlMsghdr+len(body)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	b = append(b, body...)
	return append(b, make([]byte, -len(b)&3)...)
}

func TestNoticesOfTheKernel(t *testing.T) {
	sa := nl.XfrmUsersaInfo{Family: unix.AF_INET}
	sa.Id.Spi, sa.Id.Proto = nl.Swap32(0x1234abcd), 50
	sa.Id.Daddr.FromIP([]byte{192, 0, 2, 2})
	hard := nl.XfrmUserExpire{XfrmUsersaInfo: sa, Hard: 1}
	soft := nl.XfrmUserExpire{XfrmUsersaInfo: sa}
	gone := nl.XfrmUsersaId{Daddr: sa.Id.Daddr, Spi: sa.Id.Spi, Family: unix.AF_INET, Proto: 50}
	policy := nl.XfrmUserpolicyInfo{Dir: 1}
	for _, row := range []struct {
		kind uint16
		body []byte
		want string
	}{
		{nl.XFRM_MSG_NEWSA, sa.Serialize(), "add SA 1234abcd 192.0.2.2"},
		{nl.XFRM_MSG_DELSA, gone.Serialize(), "delete SA 1234abcd 192.0.2.2"},
		{nl.XFRM_MSG_MAPPING, append(gone.Serialize(), make([]byte, 40)...), "mapping 1234abcd 192.0.2.2"},
		{nl.XFRM_MSG_EXPIRE, hard.Serialize(), "hard expire 1234abcd 192.0.2.2"},
		{nl.XFRM_MSG_EXPIRE, soft.Serialize(), "soft expire 1234abcd 192.0.2.2"},
		{nl.XFRM_MSG_UPDPOLICY, policy.Serialize(), "add policy out"},
		{nl.XFRM_MSG_NEWSA, []byte{1, 2, 3, 4}, "add SA"}, // cut off
		{nl.XFRM_MSG_GETSA, nil, ""},
	} {
		list, err := kernelNotices(append(message(row.kind, row.body), message(nl.XFRM_MSG_ACQUIRE, nil)...), time.Time{})
		if err != nil || len(list) == 0 || list[len(list)-1].What != "acquire" {
			t.Fatalf("%q: %v, %v", row.want, list, err)
		}
		got := ""
		if len(list) == 2 {
			n := list[0]
			got = n.What
			if n.SA.Dst.IsValid() {
				got += fmt.Sprintf(" %08x %v", n.SA.SPI, n.SA.Dst)
			} else if n.Policy.Direction != "" {
				got += " " + n.Policy.Direction
			}
		}
		if got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
	if _, err := kernelNotices(message(nl.XFRM_MSG_NEWSA, make([]byte, 40))[:20], time.Time{}); err == nil {
		t.Error("a message that is cut off passed")
	}
}

func TestKernelCountersAreNamesAndNumbers(t *testing.T) {
	counts, err := readCounters(strings.NewReader("XfrmInError             \t0\nXfrmOutNoStates\t7\n"))
	if err != nil || len(counts) != 2 || counts["XfrmOutNoStates"] != 7 {
		t.Errorf("%v, %v", counts, err)
	}
	for _, text := range []string{"XfrmInError\n", "XfrmInError x\n", "a b c\n"} {
		if _, err := readCounters(strings.NewReader(text)); err == nil {
			t.Errorf("%q passed", text)
		}
	}
}

// Policies by hand go in and out, and are told; a kernel without ESP has them too.
func TestPoliciesByHand(t *testing.T) {
	if unable != nil {
		t.Skip("no network namespaces:", unable)
	}
	for _, name := range []string{"pair", "pair6"} {
		top, err := topo.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Build(top, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h := f.Host("alice")
		watch, err := h.WatchKernel()
		if err != nil {
			t.Skip("no XFRM: ", err)
		}
		defer watch.Close()
		here, there := top.Addr("alice", top.Wire), top.Addr("bob", top.Wire)
		prefix := func(bits int) (p KernelPolicy) {
			p = KernelPolicy{Direction: "out", IPsec: 50}
			p.Src, _ = here.Prefix(bits)
			p.Dst, _ = there.Prefix(bits)
			return p
		}
		transport, tunnel := prefix(here.BitLen()), prefix(here.BitLen())
		tunnel.Tunnel, tunnel.OuterSrc, tunnel.OuterDst, tunnel.ReqID = true, here, there, 7
		for _, p := range []KernelPolicy{transport, tunnel} {
			if err := h.AddKernelPolicy(p); err != nil {
				t.Fatal(err)
			}
			list, err := h.KernelPolicies()
			if err != nil || len(list) != 1 || list[0].String() != p.String() || list[0].Tunnel != p.Tunnel || list[0].OuterDst != p.OuterDst || list[0].ReqID != p.ReqID {
				t.Errorf("%s: %+v, %v; want %+v", name, list, err, p)
			}
			if err := h.DeleteKernelPolicy(p); err != nil {
				t.Error(err)
			}
			for _, want := range []string{"add policy", "delete policy"} {
				list, err := watch.Next()
				if err != nil || len(list) != 1 || list[0].What != want || list[0].Policy.Direction != "out" {
					t.Errorf("%s: %v, %v; want %s", name, list, err, want)
				}
			}
		}
		if sas, err := h.KernelSAs(); err != nil || len(sas) != 0 {
			t.Errorf("%v, %v", sas, err)
		}
	}
}

// The window beyond 32 packets is in an attribute, behind five words.
func TestKernelReplayWindows(t *testing.T) {
	sa := nl.XfrmUsersaInfo{Family: unix.AF_INET, ReplayWindow: 7}
	sa.Id.Spi, sa.Id.Proto = nl.Swap32(0x1234abcd), 50
	sa.Id.Daddr.FromIP([]byte{192, 0, 2, 2})
	words := []uint32{32, 1, 2, 3, 4, 1024}
	var value []byte
	for _, word := range append(words, make([]uint32, 32)...) {
		value = binary.NativeEndian.AppendUint32(value, word)
	}
	for _, flags := range []uint8{0, nl.XFRM_STATE_ESN} {
		sa.Flags = flags
		octets := append(sa.Serialize(), nl.NewRtAttr(nl.XFRMA_REPLAY_ESN_VAL, value).Serialize()...)
		name, r, ok, err := readReplay(octets)
		want := kernelName{0x1234abcd, netip.MustParseAddr("192.0.2.2"), 50}
		if err != nil || !ok || name != want || r != (kernelReplay{1024, flags != 0}) {
			t.Errorf("%+v %+v %t, %v", name, r, ok, err)
		}
	}
	if _, _, ok, err := readReplay(sa.Serialize()); ok || err != nil {
		t.Errorf("without the attribute: %t, %v", ok, err)
	}
	if _, _, _, err := readReplay(sa.Serialize()[:100]); err == nil {
		t.Error("a message that is cut off passed")
	}
}
