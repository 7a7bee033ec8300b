package xfrm

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// Each refusal names the errno, what it is about, and what to do; and never a key.
func TestWhatARefusalMeans(t *testing.T) {
	for _, row := range []struct {
		name   string
		errno  unix.Errno
		change func(*sadb.SA)
		want   []string
	}{
		{"no module", unix.EPROTONOSUPPORT, nil, []string{"esp over IPv4", "modprobe esp4", "protocol not supported"}},
		{"no AH over IPv6", unix.EPROTONOSUPPORT, func(sa *sadb.SA) { sa.Proto, sa.Src, sa.Dst = sadb.AH, probe6[0], probe6[1] }, []string{"ah over IPv6", "modprobe ah6"}},
		{"no algorithm", unix.ENOSYS, nil, []string{"cipher aes with hmac-sha1-96", "/proc/crypto"}},
		{"no part of an algorithm", unix.ENOENT, aead("aes-gcm-16", 128), []string{"cipher aes-gcm-16", "/proc/crypto"}},
		{"no such mode", unix.ENOPROTOOPT, nil, []string{"transport mode for esp", "choose another mode"}},
		{"no UDP", unix.ENOPROTOOPT, func(sa *sadb.SA) { sa.Encap.SrcPort = 4500 }, []string{"XFRMA_ENCAP"}},
		{"window", unix.EINVAL, func(sa *sadb.SA) { sa.ReplayWindow = 8192 }, []string{"XFRMA_REPLAY_ESN_VAL", "8192 packets, 4096 is the most"}},
		{"ESN without a window", unix.EINVAL, func(sa *sadb.SA) { sa.ESN = true }, []string{"XFRMA_REPLAY_ESN_VAL", "give one"}},
		{"AH in UDP", unix.EINVAL, func(sa *sadb.SA) { sa.Proto, sa.Encap.SrcPort = sadb.AH, 4500 }, []string{"XFRMA_ENCAP"}},
		{"AEAD", unix.EINVAL, aead("aes-gcm-16", 128), []string{"XFRMA_ALG_AEAD", "20 octets with its salt"}},
		{"cipher key", unix.EINVAL, func(sa *sadb.SA) { sa.CipherKey = plainKey(7) }, []string{"XFRMA_ALG_CRYPT", "56"}},
		{"authentication key", unix.EINVAL, func(sa *sadb.SA) { sa.AuthKey = plainKey(7) }, []string{"XFRMA_ALG_AUTH_TRUNC", "56"}},
		{"no telling", unix.EINVAL, nil, []string{"XFRMA_ALG_CRYPT and XFRMA_ALG_AUTH_TRUNC", "invalid argument"}},
		{"memory", unix.ENOMEM, nil, []string{"cannot allocate memory", "delete some"}},
		{"privilege", unix.EPERM, nil, []string{"CAP_NET_ADMIN"}},
		{"there already", unix.EEXIST, nil, []string{sadb.ErrExists.Error(), "file exists"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			sa := testSA(probe4)
			if row.change != nil {
				row.change(&sa)
			}
			err := explainSA(&sa, fmt.Errorf("netlink: %w", row.errno))
			if !errors.Is(err, row.errno) {
				t.Errorf("%v does not wrap the errno", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %q", want, err)
				}
			}
			if strings.Contains(err.Error(), fmt.Sprintf("%x", sa.CipherKey.Octets())) {
				t.Error("a key shows")
			}
		})
	}
}

// What a real kernel refuses comes back with its errno and the attribute that we think it is about. Check, which would have found
// these before, is passed over.
func TestTheKernelRefuses(t *testing.T) {
	d := open(t)
	needESP(t, d)
	for name, row := range map[string]struct {
		change func(*sadb.SA)
		errno  unix.Errno
		want   string
	}{
		"window":    {func(sa *sadb.SA) { sa.ReplayWindow = 2 * mostWindow }, unix.EINVAL, "XFRMA_REPLAY_ESN_VAL"},
		"key":       {func(sa *sadb.SA) { sa.CipherKey = plainKey(7) }, unix.EINVAL, "XFRMA_ALG_CRYPT"},
		"GCM key":   {func(sa *sadb.SA) { aead("aes-gcm-16", 128)(sa); sa.CipherKey = plainKey(9) }, unix.EINVAL, "XFRMA_ALG_AEAD"},
		"algorithm": {func(sa *sadb.SA) { sa.Cipher = &alg.Cipher{Name: "lucifer", XFRM: "cbc(lucifer)"} }, unix.ENOSYS, "cipher lucifer"},
	} {
		t.Run(name, func(t *testing.T) {
			sa := testSA(probe4)
			row.change(&sa)
			err := explainSA(&sa, d.put(&sa))
			if !errors.Is(err, row.errno) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v; want %v and %s", err, row.errno, row.want)
			}
			if list, err := d.SAs(); err != nil || len(list) != 0 {
				t.Errorf("left behind: %v, %v", list, err)
			}
		})
	}
	widest := testSA(probe4)
	widest.ReplayWindow = mostWindow
	if err := d.Apply(sadb.Add{SA: widest}); err != nil {
		t.Errorf("the widest window: %v", err)
	}
}

// put adds an SA without looking at it.
func (d *Driver) put(sa *sadb.SA) error {
	parts := append([]nl.NetlinkRequestData{info(sa)}, attributes(sa)...)
	_, err := d.request(nl.XFRM_MSG_NEWSA, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_ACK, 0, parts...)
	return err
}

// SAs of other tools that have an algorithm which we do not know are listed, with a note, and so are the others.
func TestSAsOfOthersAreListed(t *testing.T) {
	d := open(t)
	needESP(t, d)
	ours := testSA(probe4)
	foreign := ours
	foreign.SPI = 0x2000
	foreign.Cipher, foreign.CipherKey = &alg.Cipher{Name: "serpent", XFRM: "cbc(serpent)"}, plainKey(16)
	foreign.Integrity, foreign.AuthKey = &alg.Integrity{Name: "cmac", XFRM: "cmac(aes)", ICV: 8}, plainKey(16)
	for _, sa := range []sadb.SA{ours, foreign} {
		if err := d.put(&sa); err != nil {
			t.Fatalf("this kernel takes no %v: %v", sa, err)
		}
	}
	list, err := d.SAs()
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, sa := range list {
		known := sa.SPI == ours.SPI
		if known != (sa.Note == "") || known != (sa.Cipher != nil) {
			t.Errorf("%v: note %q", sa, sa.Note)
		}
		if !known && (!strings.Contains(sa.String(), `"cbc(serpent)"`) || !strings.Contains(sa.Note, `"cmac(aes)" cut to 64 bits`)) {
			t.Errorf("%v", sa)
		}
	}
	if sa, err := d.Get(foreign.ID()); err != nil || sa.Note == "" {
		t.Errorf("%v, %v", sa, err)
	}
	if err := d.Apply(sadb.Delete{ID: foreign.ID()}); err != nil {
		t.Error(err)
	}
}
