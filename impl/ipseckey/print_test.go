package ipseckey

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/wire/pfkey"
)

// byTable knows one name.
type byTable struct{ noNames }

func (byTable) Name(a netip.Addr) string {
	if a == netip.MustParseAddr("10.0.0.1") {
		return "me.domain.com"
	}
	return ""
}

// printed gives a message as a report shows it, at a fixed time.
func printed(t *testing.T, o Options, m *pfkey.Message) string {
	t.Helper()
	var b strings.Builder
	x := printer{w: &b, options: o, names: byTable{}.Name, now: time.Unix(1_700_000_001, 0)}
	x.message(m, len(m.Append(nil)))
	return b.String()
}

func inUTC(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
}

func addr(which pfkey.ExtensionType, text string) *pfkey.Address {
	return &pfkey.Address{Which: which, Addr: netip.MustParseAddr(text)}
}

func sample() *pfkey.Message {
	return &pfkey.Message{Version: pfkey.V2, Type: pfkey.Get, SAType: pfkey.SATypeESP, Seq: 1, PID: 4711, Extensions: []pfkey.Extension{
		&pfkey.SA{SPI: 0x2112, State: pfkey.Mature, Auth: 2, Encrypt: 2},
		&pfkey.Lifetime{Which: pfkey.ExtLifetimeCurrent, AddTime: 1_700_000_000},
		&pfkey.Lifetime{Which: pfkey.ExtLifetimeHard, UseTime: 28800},
		addr(pfkey.ExtAddressSrc, "10.0.0.1"), addr(pfkey.ExtAddressDst, "10.0.0.2"),
		&pfkey.Key{Which: pfkey.ExtKeyAuth, Bits: 128, Octets: []byte("\xbd\xe3\x59\x72\x35\x76\xfd\xea\x08\xe5\x6c\xbe\x87\x6e\x24\xad")},
		&pfkey.Key{Which: pfkey.ExtKeyEncrypt, Bits: 64, Octets: []byte("\xbe\x02\x93\x8e\x7d\xef\x28\x39")},
	}}
}

// The sample of the specification, letter for letter but for its length, which it has not.
func TestSampleOfTheSpecification(t *testing.T) {
	inUTC(t)
	want := `Base message (version 2) type GET, SA type ESP.
Message length 184 bytes, seq=1, pid=4711.
SA: SADB_ASSOC spi=0x2112, replay=0, state=MATURE
SA: Authentication algorithm = HMAC-MD5
SA: Encryption algorithm = DES-CBC
SA: flags=0x0 < >
SRC: Source address (proto=0/<unspecified>)
SRC: AF_INET: port 0, 10.0.0.1 (me.domain.com).
DST: Destination address (proto=0/<unspecified>)
DST: AF_INET: port 0, 10.0.0.2 <unknown>.
AKY: Authentication key.
AKY: bde359723576fdea08e56cbe876e24ad/128
EKY: Encryption key.
EKY: be02938e7def2839/64
 LT: Lifetime information
CLT: 0 bytes protected, 0 allocations used.
CLT: SA added at time Tue Nov 14 22:13:20 2023
CLT: Time now is Tue Nov 14 22:13:21 2023
HLT: Hard lifetime information:  0 bytes of lifetime, 0 allocations.
HLT: 0 seconds of post-add lifetime.
HLT: 28800 seconds of post-use lifetime.
`
	if got := printed(t, Options{}, sample()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestParanoidNumericVerbose(t *testing.T) {
	inUTC(t)
	text := printed(t, Options{Paranoid: true, Numeric: true, Verbose: true}, sample())
	for _, want := range []string{"AKY: " + strings.Repeat("XX", 16) + "/128\n", "EKY: " + strings.Repeat("XX", 8) + "/64\n",
		"SRC: Source address (proto=0)\nSRC: AF_INET: port 0, 10.0.0.1.\n",
		"CLT: SA added at time Tue Nov 14 22:13:20 2023\nCLT:\t(raw time value 1700000000)\n",
		"CLT: Time now is Tue Nov 14 22:13:21 2023\nCLT:\t(raw time value 1700000001)\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	for _, secret := range []string{"bde3", "be02", "me.domain.com", "unknown"} {
		if strings.Contains(text, secret) {
			t.Errorf("shows %q:\n%s", secret, text)
		}
	}
}

// Each row is one extension and its block.
func TestEveryExtensionIsPrinted(t *testing.T) {
	inUTC(t)
	life := func(which pfkey.ExtensionType, alloc uint32, octets, add, use uint64) *pfkey.Lifetime {
		return &pfkey.Lifetime{Which: which, Allocations: alloc, Bytes: octets, AddTime: add, UseTime: use}
	}
	const now = 1_700_000_001
	for name, row := range map[string]struct {
		list []pfkey.Extension
		want string
	}{
		"state and flags": {[]pfkey.Extension{&pfkey.SA{SPI: 0xffffffff, Replay: 32, State: pfkey.Larval, Flags: 0xc0000003}},
			"SA: SADB_ASSOC spi=0xffffffff, replay=32, state=LARVAL\nSA: flags=0xc0000003 < PFS NOREPLAY X_USED X_UNIQUE >\n"},
		"unknown numbers": {[]pfkey.Extension{&pfkey.SA{State: 9, Auth: 99, Encrypt: 98}},
			"SA: SADB_ASSOC spi=0x0, replay=0, state=<unknown 9>\nSA: Authentication algorithm = <unknown 99>\nSA: Encryption algorithm = <unknown 98>\nSA: flags=0x0 < >\n"},
		"algorithms": {[]pfkey.Extension{&pfkey.SA{State: pfkey.Dying, Auth: 3, Encrypt: 11}},
			"SA: SADB_ASSOC spi=0x0, replay=0, state=DYING\nSA: Authentication algorithm = HMAC-SHA-1\nSA: Encryption algorithm = NULL\nSA: flags=0x0 < >\n"},
		"wildcard": {[]pfkey.Extension{addr(pfkey.ExtAddressSrc, "0.0.0.0")},
			"SRC: Source address (proto=0/<unspecified>)\nSRC: AF_INET: port 0, 0.0.0.0 <unspecified>.\n"},
		"IPv6, port and prefix": {[]pfkey.Extension{&pfkey.Address{Which: pfkey.ExtAddressDst, Proto: 6, Port: 80, PrefixLen: 64, Addr: netip.MustParseAddr("2001:db8::")}},
			"DST: Destination address (proto=6/tcp)\nDST: AF_INET6: port 80, 2001:db8::/64 <unknown>.\n"},
		"proxy": {[]pfkey.Extension{&pfkey.Address{Which: pfkey.ExtAddressProxy, Proto: 253, PrefixLen: 8, Addr: netip.MustParseAddr("10.0.0.1")}},
			"PXY: Proxy address (proto=253/<unknown>)\nPXY: AF_INET: port 0, 10.0.0.1/8 (me.domain.com).\n"},
		"other family": {[]pfkey.Extension{&pfkey.Address{Which: pfkey.ExtAddressSrc, Sockaddr: []byte{1, 0, 0, 0, 0, 0, 0, 0}}},
			"SRC: Source address (proto=0/<unspecified>)\nSRC: address of an unknown family.\n"},
		"identities": {[]pfkey.Extension{&pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 3, ID: 7, Name: "joe@domain.com"},
			&pfkey.Identity{Which: pfkey.ExtIdentityDst, Type: 1, Name: "10.0.0.0/8"}},
			"SID: Source identity, uid=7, type user-FQDN (mbox)\nSID: joe@domain.com\nDID: Destination identity, uid=0, type prefix\nDID: 10.0.0.0/8\n"},
		"identity that would steer a terminal": {[]pfkey.Extension{&pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 99, Name: "a\x1b[2Jb\nSA: c\u009bd"}},
			"SID: Source identity, uid=0, type <unknown 99>\nSID: a?[2Jb?SA: c?d\n"},
		"sensitivity": {[]pfkey.Extension{&pfkey.Sensitivity{DPD: 1, SensLevel: 2, IntegLevel: 3}},
			"SNS: Sensitivity DPD 1, sens level=2, integ level=3\n"},
		"range": {[]pfkey.Extension{&pfkey.SPIRange{Min: 256, Max: 0xffff}}, "SPR: SPI Range, min=0x100, max=0xffff\n"},
		"supported": {[]pfkey.Extension{
			&pfkey.Supported{Which: pfkey.ExtSupportedAuth, Algorithms: []pfkey.Algorithm{{ID: 2, MinBits: 128, MaxBits: 128}}},
			&pfkey.Supported{Which: pfkey.ExtSupportedEncrypt, Algorithms: []pfkey.Algorithm{{ID: 12, IVLen: 16, MinBits: 128, MaxBits: 256}, {ID: 99}}}},
			"SUA: Supported authentication algorithms.\nSUA: HMAC-MD5 minbits=128, maxbits=128, ivlen=0.\n" +
				"SUE: Supported encryption algorithms.\nSUE: AES-CBC minbits=128, maxbits=256, ivlen=16.\nSUE: <unknown 99> minbits=0, maxbits=0, ivlen=0.\n"},
		"proposal": {[]pfkey.Extension{&pfkey.Proposal{Replay: 4, Combinations: []pfkey.Combination{
			{Auth: 2, AuthMinBits: 128, AuthMaxBits: 128, HardBytes: 5, HardAllocations: 6, SoftAddTime: 7, SoftUseTime: 8},
			{Encrypt: 3, EncryptMinBits: 192, EncryptMaxBits: 192}}}},
			"PRP: Proposal, replay counter = 4.\nPRP:  Combination #1 Authentication = HMAC-MD5  minbits=128, maxbits=128.\n" +
				"PRP:  Combination #1 HARD: alloc=6 bytes=5\nPRP:  Combination #1 SOFT: post-add secs=7 post-use secs=8\n" +
				"PRP:  Combination #2 Encryption = 3DES-CBC  minbits=192, maxbits=192.\nPRP:  Combination #2 HARD: \nPRP:  Combination #2 SOFT: \n"},
		"unknown": {[]pfkey.Extension{&pfkey.Raw{Which: 200, Body: []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}},
			"UNK: Unknown ext. 200, len 2.\nUNK: 0x0403020100c80002\nUNK: 0x0c0b0a0908070605\n"},
		"mode":  {[]pfkey.Extension{&pfkey.SA2{Mode: 2, ReqID: 5}}, "SA2: Mode tunnel, request id=5.\n"},
		"ports": {[]pfkey.Extension{&pfkey.NATTType{Type: 2}, &pfkey.NATTPort{Which: pfkey.ExtNATTSport, Port: 4500}}, "NAT: UDP encapsulation, type 2.\nNAT: Source port 4500.\n"},
		"used, with limits that lie ahead": {[]pfkey.Extension{life(pfkey.ExtLifetimeCurrent, 3, 70, now-100, now-10),
			life(pfkey.ExtLifetimeSoft, 0, 100, 200, 0), life(pfkey.ExtLifetimeHard, 9, 0, 300, 50)},
			" LT: Lifetime information\nCLT: 70 bytes protected, 3 allocations used.\nCLT: SA added at time Tue Nov 14 22:11:41 2023\n" +
				"CLT: SA first used at time Tue Nov 14 22:13:11 2023\nCLT: Time now is Tue Nov 14 22:13:21 2023\n" +
				"SLT: Soft lifetime information:  100 bytes of lifetime, 0 allocations.\nSLT: 200 seconds of post-add lifetime.\nSLT: 0 seconds of post-use lifetime.\n" +
				"SLT: 30 more bytes can be protected.\nSLT: Soft expiration occurs in 100 seconds, at Tue Nov 14 22:15:01 2023.\n" +
				"HLT: Hard lifetime information:  0 bytes of lifetime, 9 allocations.\nHLT: 300 seconds of post-add lifetime.\nHLT: 50 seconds of post-use lifetime.\n" +
				"HLT: Hard expiration occurs in 40 seconds, at Tue Nov 14 22:14:01 2023.\n"},
		"limits that have passed": {[]pfkey.Extension{life(pfkey.ExtLifetimeCurrent, 0, 170, now-100, 0), life(pfkey.ExtLifetimeSoft, 0, 100, 50, 7)},
			" LT: Lifetime information\nCLT: 170 bytes protected, 0 allocations used.\nCLT: SA added at time Tue Nov 14 22:11:41 2023\nCLT: Time now is Tue Nov 14 22:13:21 2023\n" +
				"SLT: Soft lifetime information:  100 bytes of lifetime, 0 allocations.\nSLT: 50 seconds of post-add lifetime.\nSLT: 7 seconds of post-use lifetime.\n" +
				"SLT: 0 more bytes can be protected.\nSLT: Soft expiration occurred at Tue Nov 14 22:12:31 2023.\n"},
		"limits alone": {[]pfkey.Extension{life(pfkey.ExtLifetimeHard, 0, 5, 1<<64-1, 0)},
			" LT: Lifetime information\nHLT: Hard lifetime information:  5 bytes of lifetime, 0 allocations.\n" +
				"HLT: 18446744073709551615 seconds of post-add lifetime.\nHLT: 0 seconds of post-use lifetime.\n"},
		"limits beyond time": {[]pfkey.Extension{life(pfkey.ExtLifetimeCurrent, 0, 0, now, 0), life(pfkey.ExtLifetimeHard, 0, 0, 1<<64-1, 0)},
			" LT: Lifetime information\nCLT: 0 bytes protected, 0 allocations used.\nCLT: SA added at time Tue Nov 14 22:13:21 2023\nCLT: Time now is Tue Nov 14 22:13:21 2023\n" +
				"HLT: Hard lifetime information:  0 bytes of lifetime, 0 allocations.\n" +
				"HLT: 18446744073709551615 seconds of post-add lifetime.\nHLT: 0 seconds of post-use lifetime.\n"},
	} {
		m := &pfkey.Message{Version: pfkey.V2, Type: pfkey.Get, SAType: pfkey.SATypeAH, Extensions: row.list}
		_, got, _ := strings.Cut(printed(t, Options{}, m), "pid=0.\n")
		if got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, row.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	for want, m := range map[string]*pfkey.Message{
		"Base message (version 2) type RESERVED (warning: set to 0), SA type <unspecified/all>.\n": {Version: 2},
		"Base message (version 2) type X_PROMISC, SA type <unknown 1>.\n":                          {Version: 2, Type: pfkey.Promisc, SAType: 1},
		"Base message (version 3) type Unknown (77), SA type <unknown 9>.\n":                       {Version: 3, Type: 77, SAType: 9},
		"Base message (version 2) type ADD, SA type AH.\nError File exists from PF_KEY.\n  Diagnostic code 0:  No diagnostic.\n": {
			Version: 2, Type: pfkey.Add, SAType: pfkey.SATypeAH, Errno: uint8(unix.EEXIST)},
		"Base message (version 2) type ADD, SA type ESP.\nError Invalid argument from PF_KEY.\n  Diagnostic code 48:  Weak authentication key.\n": {
			Version: 2, Type: pfkey.Add, SAType: pfkey.SATypeESP, Errno: uint8(unix.EINVAL), Diagnostic: 48},
	} {
		want += "Message length 16 bytes, seq=0, pid=0.\n"
		if got := printed(t, Options{}, m); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for i, want := range []string{"GETSPI", "UPDATE", "ADD", "DELETE", "GET", "ACQUIRE", "REGISTER", "EXPIRE", "FLUSH", "DUMP"} {
		if got := typeText(pfkey.Type(i + 1)); got != want {
			t.Errorf("type %d is %s", i+1, got)
		}
	}
}
