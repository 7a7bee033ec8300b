package world

import (
	"slices"
	"strings"
	"testing"
)

const written = `# two SAs
add esp spi 0x1001 src 192.0.2.1 dst 192.0.2.2 \
    encr_alg des encrkey 0123456789abcdef/64
  auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f replay 32 soft_bytes 0x3e8 hard_bytes 2000 hard_alloc 7
  soft_addtime 30 hard_addtime 40 soft_usetime 10 hard_usetime 20

add ah spi 010002 dst6 2001:db8::2 proxy6 2001:db8::7 replay 64 auth_alg sha authkey 000102030405060708090a0b0c0d0e0f10111213
`

// As iproute2 6.1 prints them.
const listed = `src 192.0.2.1 dst 192.0.2.2
	proto esp spi 0x00001001(4097) reqid 0(0x00000000) mode transport
	replay-window 32 seq 0x00000000 flag  (0x00000000)
	auth-trunc hmac(md5) 0x000102030405060708090a0b0c0d0e0f (128 bits) 96
	enc cbc(des) 0x0123456789abcdef (64 bits)
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0
	lifetime config:
	  limit: soft 1000(bytes), hard 2000(bytes)
	  limit: soft (INF)(packets), hard 7(packets)
	  expire add: soft 30(sec), hard 40(sec)
	  expire use: soft 10(sec), hard 20(sec)
	lifetime current:
	  0(bytes), 0(packets)
	  add 2026-11-21 21:50:51 use -
	stats:
	  replay-window 0 replay 0 failed 0
src :: dst 2001:db8::2
	proto ah spi 0x00001002(4098) reqid 0(0x00000000) mode tunnel
	replay-window 0 seq 0x00000000 flag  (0x00000000)
	auth-trunc hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213 (160 bits) 96
	anti-replay esn context:
	 seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0
	 replay_window 64, bitmap-length 2
	 00000000 00000000 
	sel src 2001:db8::7/128 dst ::/0 uid 0
	lifetime config:
	  limit: soft (INF)(bytes), hard (INF)(bytes)
	  limit: soft (INF)(packets), hard (INF)(packets)
	  expire add: soft 0(sec), hard 0(sec)
	  expire use: soft 0(sec), hard 0(sec)
	lifetime current:
	  0(bytes), 0(packets)
	  add 2026-11-21 21:50:51 use -
	stats:
	  replay-window 0 replay 0 failed 0
`

// What a command file says and what iproute2 lists are the same, read by the judge; and every field counts.
func TestCommandsAndListingAgree(t *testing.T) {
	sas, whole, err := readCommands(written)
	if err != nil || whole || len(sas) != 2 {
		t.Fatalf("%v, whole %t, %v", sas, whole, err)
	}
	var want []string
	for _, sa := range sas {
		want = append(want, ipStateOf(sa))
	}
	slices.Sort(want)
	got, err := ipStates(listed)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	for _, change := range [][2]string{{"0x00001001", "0x00001003"}, {"dst 192.0.2.2", "dst 192.0.2.3"}, {"src 192.0.2.1", "src 192.0.2.4"}, {"proto ah", "proto esp"},
		{"mode transport", "mode tunnel"}, {") 96", ") 128"}, {"hmac(md5)", "hmac(sha1)"}, {"0e0f (128", "0e0e (128"}, {"cbc(des) 0x01", "cbc(des) 0x11"}, {"cbc(des)", "cbc(aes)"},
		{"replay-window 32", "replay-window 0"}, {"replay_window 64", "replay_window 32"}, {"::7/128", "::7/127"}, {"soft 1000(", "soft 1001("}, {"hard 2000(", "hard (INF)("},
		{"soft (INF)(packets)", "soft 7(packets)"}, {"hard 7(", "hard (INF)("}, {"soft 30(", "soft 40("}, {"hard 40(", "hard 0("}, {"soft 10(", "soft 0("}, {"hard 20(", "hard 21("}} {
		got, err := ipStates(strings.Replace(listed, change[0], change[1], 1))
		if err != nil || slices.Equal(got, want) {
			t.Errorf("%s for %s makes no difference: %v", change[1], change[0], err)
		}
	}
}

// Limits and changes make SAs that need not be there at the end.
func TestCommandsThatPass(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                    true,
		"add ah spi 1 dst 192.0.2.1 replay 3": true,
		"add ah spi 1 dst 192.0.2.1 hard_addtime 3": false,
		"flush":                         false,
		"delete ah spi 1 dst 192.0.2.1": false,
		"add ah spi 1 dst 192.0.2.1\nupdate ah spi 1 dst 192.0.2.1 soft_bytes 3": false,
	} {
		if _, whole, err := readCommands(text); err != nil || whole != want {
			t.Errorf("%q: %t, %v", text, whole, err)
		}
	}
	for _, text := range []string{"add esp spi", "add esp spi x", "add esp encr_alg rot13", "add esp encrkey 012", "add ah auth_alg crc", "add ah dst here"} {
		if _, _, err := readCommands(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// As ipseckey -n dump prints them: another SA after it, and the end.
const dumpListing = `Base message (version 2) type DUMP, SA type ESP.
Message length 184 bytes, seq=1, pid=30038.
SA: SADB_ASSOC spi=0x1001, replay=0, state=MATURE
SRC: Source address (proto=0)
SRC: AF_INET: port 0, 192.0.2.1.
DST: Destination address (proto=0)
DST: AF_INET: port 0, 192.0.2.2.
AKY: Authentication key.
AKY: 000102030405060708090a0b0c0d0e0f/128
EKY: Encryption key.
EKY: 0123456789abcdef/64

Base message (version 2) type DUMP, SA type AH.
SA: SADB_ASSOC spi=0x1002, replay=0, state=MATURE
SRC: AF_INET6: port 0, ::.
DST: AF_INET6: port 0, 2001:db8::2.
AKY: 000102030405060708090a0b0c0d0e0f10111213/160

Dump succeeded for SA type 0.
`

// What a command file adds and what ipseckey dump prints are the same, read by the judge; every field counts, but for the parity of keys.
func TestCommandsAndDumpAgree(t *testing.T) {
	sas, _, err := readCommands(written)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, sa := range sas {
		want = append(want, dumpOf(sa.SA))
	}
	if got := dumped(dumpListing); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := dumped(strings.Replace(dumpListing, "cdef/64", "ccee/64", 1)); !slices.Equal(got, want) {
		t.Errorf("with other parity %q", got)
	}
	for _, change := range [][2]string{{"type ESP", "type AH"}, {"0x1001", "0x1003"}, {"MATURE", "LARVAL"}, {"192.0.2.1.", "192.0.2.3."}, {"192.0.2.2.", "192.0.2.3."},
		{"0e0f/128", "0e0d/128"}, {"cdef/64", "cded/64"}, {"::2.", "::3."}, {"1213/160", "1211/160"}, {"::.", "::1."}} {
		if got := dumped(strings.Replace(dumpListing, change[0], change[1], 1)); slices.Equal(got, want) {
			t.Errorf("%s for %s makes no difference", change[1], change[0])
		}
	}
}

// What a monitor is said to show may leave SPIs open, and nothing else.
func TestToldInOrder(t *testing.T) {
	told := []string{"ADD ESP 0x1001", "ADD ESP 0x1002", "EXPIRE ESP 0x1001 soft", "FLUSH AH"}
	for order, want := range map[string]bool{
		"ADD ESP,ADD ESP": true, "ADD ESP 0x1002,EXPIRE ESP": true, "ADD ESP 0x1001,FLUSH AH": true, "": true,
		"ADD ESP,ADD ESP,ADD ESP": false, "ADD ESP 0x1002,ADD ESP 0x1001": false, "ADD": false, "ADD ESP 0x100": false, "EXPIRE ESP 0x1001 hard": false, "FLUSH ESP": false,
	} {
		var list []string
		if order != "" {
			list = strings.Split(order, ",")
		}
		if toldInOrder(told, list) != want {
			t.Errorf("%q: want %t", order, want)
		}
	}
}
