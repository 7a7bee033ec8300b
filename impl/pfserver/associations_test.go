package pfserver

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

const (
	typeESP = pfkey.SATypeESP
	typeAH  = pfkey.SATypeAH
)

func TestAddTellsEverybodyWithoutKeys(t *testing.T) { // IPS-PFK-16, IPS-PFK-07, IPS-PFK-08
	r := newRig(t)
	c, listener := r.client(), r.client()
	out := c.ok(pfkey.Add, typeESP, esp(0x1000, &pfkey.Lifetime{Which: pfkey.ExtLifetimeHard, UseTime: 28800})...)
	c.ok(pfkey.Add, typeESP, esp(0x1001, src(bob), dst(alice))...)
	c.ok(pfkey.Add, typeAH, ah(0x1000)...)
	for _, m := range []*pfkey.Message{out, listener.next(), listener.next(), listener.next()} {
		if m.Type != pfkey.Add || m.PID != c.pid || m.Find(pfkey.ExtSA) == nil || m.Find(pfkey.ExtAddressSrc) == nil {
			t.Errorf("told: %v", m)
		}
		if m.Find(pfkey.ExtKeyAuth) != nil || m.Find(pfkey.ExtKeyEncrypt) != nil {
			t.Errorf("a key was told: %v", m)
		}
	}
	if find[*pfkey.Lifetime](t, out, pfkey.ExtLifetimeHard).UseTime != 28800 {
		t.Error("the lifetime is not told")
	}
	c.refused(unix.EEXIST, 0, pfkey.Add, typeESP, esp(0x1000)...) // IPS-PFK-17
	listener.settle()                                             // a refusal is for the sender alone
	c.ok(pfkey.Add, typeESP, esp(0x1000, src(alice6), dst(bob6))...)
}

func TestAddRefusesStates(t *testing.T) { // IPS-PFK-18
	c := newRig(t).client()
	for _, state := range []pfkey.SAState{pfkey.Larval, pfkey.Dying, pfkey.Dead, 9} {
		c.refused(unix.EINVAL, pfkey.BadState, pfkey.Add, typeESP, esp(0x1000, &pfkey.SA{SPI: 0x1000, State: state, Auth: 2, Encrypt: 2})...)
	}
	c.refused(unix.ESRCH, 0, pfkey.Get, typeESP, name(0x1000)...)
}

// Each row is an ADD that is wrong in one way. IPS-PFK-19, IPS-PFK-20, and the diagnostics of ipseckey's specification.
func TestAddRefusals(t *testing.T) {
	sa := func(auth, encrypt uint8) *pfkey.SA {
		return &pfkey.SA{SPI: 0x1000, State: pfkey.Mature, Auth: auth, Encrypt: encrypt}
	}
	limit := func(which pfkey.ExtensionType, a uint32, b, add, use uint64) *pfkey.Lifetime {
		return &pfkey.Lifetime{Which: which, Allocations: a, Bytes: b, AddTime: add, UseTime: use}
	}
	limits := func(a uint32, b, add, use uint64) []pfkey.Extension {
		return esp(0x1000, limit(pfkey.ExtLifetimeSoft, 2*a, 2*b, 2*add, 2*use), limit(pfkey.ExtLifetimeHard, a, b, add, use))
	}
	addr := func(which pfkey.ExtensionType, text string) *pfkey.Address {
		return &pfkey.Address{Which: which, Addr: netip.MustParseAddr(text)}
	}
	family := func(which pfkey.ExtensionType) *pfkey.Address {
		return &pfkey.Address{Which: which, Sockaddr: append([]byte{1, 0}, make([]byte, 14)...)}
	}
	key := func(which pfkey.ExtensionType, octets ...byte) *pfkey.Key {
		return &pfkey.Key{Which: which, Bits: uint16(8 * len(octets)), Octets: octets}
	}
	triple := slices.Concat(octetsOf(8, 1), octetsOf(8, 1), octetsOf(8, 9))
	proxy := pfkey.ExtAddressProxy
	for name, row := range map[string]struct {
		satype pfkey.SAType
		list   []pfkey.Extension
		want   pfkey.Diagnostic
	}{
		"no type":                 {0, esp(0x1000), pfkey.SATypeNeeded},
		"type 1":                  {1, esp(0x1000), pfkey.UnknownSAType},
		"type OSPFv2":             {6, esp(0x1000), pfkey.UnknownSAType},
		"nothing":                 {typeESP, nil, pfkey.MissingSA},
		"no SA":                   {typeESP, without(esp(0x1000), pfkey.ExtSA), pfkey.MissingSA},
		"no source":               {typeESP, without(esp(0x1000), pfkey.ExtAddressSrc), pfkey.MissingSrc},
		"no destination":          {typeESP, without(esp(0x1000), pfkey.ExtAddressDst), pfkey.MissingDst},
		"SPI 0":                   {typeESP, esp(0), pfkey.MalformedSA},
		"extension 0":             {typeESP, esp(0x1000, &pfkey.Raw{Which: 0, Body: make([]byte, 4)}), pfkey.UnknownExtension},
		"proposal":                {typeESP, esp(0x1000, &pfkey.Proposal{}), pfkey.ProposalNotNeeded},
		"supported":               {typeESP, esp(0x1000, &pfkey.Supported{Which: pfkey.ExtSupportedAuth}), pfkey.SupportedNotNeeded},
		"two families":            {typeESP, esp(0x1000, src(alice6)), pfkey.FamilyMismatch},
		"source of AF_UNIX":       {typeESP, esp(0x1000, family(pfkey.ExtAddressSrc)), pfkey.BadSrcFamily},
		"destination of AF_UNIX":  {typeESP, esp(0x1000, family(pfkey.ExtAddressDst)), pfkey.BadDstFamily},
		"source cut off":          {typeESP, esp(0x1000, &pfkey.Address{Which: pfkey.ExtAddressSrc, Sockaddr: []byte{2, 0, 0, 0, 1, 2, 3, 4}}), pfkey.MalformedSrc},
		"destination cut off":     {typeESP, esp(0x1000, &pfkey.Address{Which: pfkey.ExtAddressDst, Sockaddr: []byte{10, 0, 0, 0, 0, 0, 0, 0}}), pfkey.MalformedDst},
		"multicast source":        {typeESP, esp(0x1000, addr(pfkey.ExtAddressSrc, "224.0.0.5")), pfkey.BadSrc},
		"broadcast source":        {typeESP, esp(0x1000, addr(pfkey.ExtAddressSrc, "255.255.255.255")), pfkey.BadSrc},
		"any destination":         {typeESP, esp(0x1000, addr(pfkey.ExtAddressDst, "0.0.0.0")), pfkey.BadDst},
		"mapped destination":      {typeESP, esp(0x1000, addr(pfkey.ExtAddressDst, "::ffff:192.0.2.2"), src(alice6)), pfkey.BadDst},
		"IPv6 proxy":              {typeESP, esp(0x1000, addr(proxy, "2001:db8::7")), pfkey.BadProxyFamily},
		"proxy of AF_UNIX":        {typeESP, esp(0x1000, family(proxy)), pfkey.BadProxyFamily},
		"AH without algorithm":    {typeAH, ah(0x1000, sa(0, 0)), pfkey.BadAuthAlgorithm},
		"AH that encrypts":        {typeAH, ah(0x1000, sa(2, 2)), pfkey.EncryptionNotSupported},
		"ESP of nothing":          {typeESP, esp(0x1000, sa(0, 0)), pfkey.BadAuthAlgorithm},
		"ESP of NULL alone":       {typeESP, esp(0x1000, sa(0, 11)), pfkey.BadAuthAlgorithm},
		"authentication 200":      {typeESP, esp(0x1000, sa(200, 2)), pfkey.BadAuthAlgorithm},
		"encryption 200":          {typeESP, esp(0x1000, sa(2, 200)), pfkey.BadEncryptAlgorithm},
		"not in this database":    {typeESP, esp(0x1000, sa(2, 6), encryptKey(16)), pfkey.BadEncryptAlgorithm},
		"no authentication key":   {typeESP, without(esp(0x1000), pfkey.ExtKeyAuth), pfkey.MissingAuthKey},
		"no encryption key":       {typeESP, without(esp(0x1000), pfkey.ExtKeyEncrypt), pfkey.MissingEncryptKey},
		"auth key, no algorithm":  {typeESP, esp(0x1000, sa(0, 2)), pfkey.AuthKeyNotNeeded},
		"key for NULL":            {typeESP, esp(0x1000, sa(2, 11)), pfkey.EncryptKeyNotNeeded},
		"encryption key for AH":   {typeAH, ah(0x1000, encryptKey(8)), pfkey.EncryptKeyNotNeeded},
		"short auth key":          {typeESP, esp(0x1000, authKey(15)), pfkey.BadAuthBits},
		"auth key of 0 bits":      {typeESP, esp(0x1000, authKey(0)), pfkey.BadAuthBits},
		"auth key of 3 bits":      {typeESP, esp(0x1000, &pfkey.Key{Which: pfkey.ExtKeyAuth, Bits: 3, Octets: []byte{0xe0}}), pfkey.BadAuthBits},
		"DES key of 56 bits":      {typeESP, esp(0x1000, encryptKey(7)), pfkey.BadEncryptBits},
		"encryption key of 0":     {typeESP, esp(0x1000, encryptKey(0)), pfkey.BadEncryptBits},
		"AES key of 136 bits":     {typeESP, esp(0x1000, sa(2, 12), encryptKey(17)), pfkey.BadEncryptBits},
		"weak DES key":            {typeESP, esp(0x1000, key(pfkey.ExtKeyEncrypt, 1, 1, 1, 1, 1, 1, 1, 1)), pfkey.WeakEncryptKey},
		"weak but for its parity": {typeESP, esp(0x1000, key(pfkey.ExtKeyEncrypt, 0, 0, 0, 0, 0, 0, 0, 0)), pfkey.WeakEncryptKey},
		"3DES with k1 = k2":       {typeESP, esp(0x1000, sa(2, 3), key(pfkey.ExtKeyEncrypt, triple...)), pfkey.WeakEncryptKey},
		"flags":                   {typeESP, esp(0x1000, &pfkey.SA{SPI: 0x1000, State: pfkey.Mature, Auth: 2, Encrypt: 2, Flags: 0x100}), pfkey.BadFlags},
		"soft allocations":        {typeESP, limits(1, 0, 0, 0), pfkey.SoftAllocationsOverHard},
		"soft bytes":              {typeESP, limits(0, 1, 0, 0), pfkey.SoftBytesOverHard},
		"soft add time":           {typeESP, limits(0, 0, 1, 0), pfkey.SoftAddTimeOverHard},
		"soft use time":           {typeESP, limits(0, 0, 0, 1), pfkey.SoftUseTimeOverHard},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.client()
			c.refused(unix.EINVAL, row.want, pfkey.Add, row.satype, row.list...)
			if list, _ := r.db.SAs(); len(list) != 0 {
				t.Error("there is an SA all the same")
			}
		})
	}
}

func TestAddTakes(t *testing.T) {
	sa := func(auth, encrypt uint8) *pfkey.SA {
		return &pfkey.SA{SPI: 0x1000, State: pfkey.Mature, Auth: auth, Encrypt: encrypt}
	}
	for name, row := range map[string]struct {
		satype pfkey.SAType
		list   []pfkey.Extension
	}{
		"IPS-PFK-21 3DES":      {typeESP, esp(0x1000, sa(3, 3), authKey(20), encryptKey(24))},
		"AES-256":              {typeESP, esp(0x1000, sa(7, 12), authKey(64), encryptKey(32))},
		"AES-GCM with salt":    {typeESP, without(esp(0x1000, sa(0, 20), encryptKey(20)), pfkey.ExtKeyAuth)},
		"Blowfish":             {typeESP, esp(0x1000, sa(2, 7), encryptKey(56))},
		"no cipher is NULL":    {typeESP, without(esp(0x1000, sa(2, 0)), pfkey.ExtKeyEncrypt)},
		"NULL":                 {typeESP, without(esp(0x1000, sa(2, 11)), pfkey.ExtKeyEncrypt)},
		"no authentication":    {typeESP, without(esp(0x1000, sa(0, 2)), pfkey.ExtKeyAuth)},
		"RC5 by its transform": {typeESP, esp(0x1000, sa(2, 4), encryptKey(16))},
		"any source":           {typeESP, esp(0x1000, src(netip.IPv4Unspecified()))},
		"multicast":            {typeESP, esp(0x1000, dst(netip.MustParseAddr("224.0.0.1")))},
		"reserved SPI":         {typeESP, esp(7)},
		"any order":            {typeESP, reversed(esp(0x1000, limit(hard, 0, 5, 0, 0)))},
		"IPS-PFK-05 unknown":   {typeESP, esp(0x1000, &pfkey.Raw{Which: 200, Body: make([]byte, 12)})},
		"IPS-PFK-38 port": {typeESP, esp(0x1000, &pfkey.Address{Which: pfkey.ExtAddressDst, Addr: bob, Port: 7, Proto: 17},
			&pfkey.Address{Which: pfkey.ExtAddressSrc, Sockaddr: []byte{2, 0, 0, 0, 192, 0, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8}})},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.client()
			c.ok(pfkey.Add, row.satype, row.list...)
			list, err := r.db.SAs()
			if err != nil || len(list) != 1 {
				t.Fatalf("%d SAs, %v", len(list), err)
			}
			name := []pfkey.Extension{&pfkey.SA{SPI: list[0].SPI}, src(list[0].Src), dst(list[0].Dst)}
			got := c.ok(pfkey.Get, row.satype, name...)
			for _, e := range row.list {
				want, ok := e.(*pfkey.Key)
				if ok && string(find[*pfkey.Key](t, got, want.Which).Octets) != string(want.Octets) {
					t.Errorf("%v came back changed", want.Which)
				}
			}
			c.refused(unix.EEXIST, 0, pfkey.Add, row.satype, row.list...)
			c.ok(pfkey.Delete, row.satype, name...)
		})
	}
}

func TestDeleteTellsEverybody(t *testing.T) { // IPS-PFK-22
	r := newRig(t)
	c, listener := r.client(), r.client()
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	listener.next()
	c.refused(unix.ESRCH, 0, pfkey.Delete, typeAH, name(0x1000)...)
	c.refused(unix.ESRCH, 0, pfkey.Delete, typeESP, with(name(0x1000), src(netip.MustParseAddr("192.0.2.9")))...)
	c.refused(unix.EINVAL, pfkey.MissingDst, pfkey.Delete, typeESP, &pfkey.SA{SPI: 0x1000})
	c.ok(pfkey.Delete, typeESP, with(name(0x1000), src(netip.IPv4Unspecified()))...)
	told := listener.next()
	want := []pfkey.ExtensionType{pfkey.ExtSA, pfkey.ExtAddressSrc, pfkey.ExtAddressDst}
	if told.Type != pfkey.Delete || !slices.Equal(kinds(told), want) || find[*pfkey.Address](t, told, pfkey.ExtAddressSrc).Addr != alice {
		t.Errorf("told %v", told)
	}
	c.refused(unix.ESRCH, 0, pfkey.Delete, typeESP, name(0x1000)...)
	c.refused(unix.ESRCH, 0, pfkey.Get, typeESP, name(0x1000)...)
}

func TestGetIsForTheSenderAlone(t *testing.T) { // IPS-PFK-23
	r := newRig(t)
	c, listener := r.client(), r.client()
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	listener.next()
	r.db.Used(sadb.ID{SPI: 0x1000, Dst: bob, Proto: sadb.ESP}, sadb.Usage{Octets: 1234, Packets: 5, FirstUse: r.clock()})
	m := c.ok(pfkey.Get, typeESP, name(0x1000)...)
	if string(find[*pfkey.Key](t, m, pfkey.ExtKeyAuth).Octets) != string(authKey(16).Octets) {
		t.Error("not the key")
	}
	if u := find[*pfkey.Lifetime](t, m, pfkey.ExtLifetimeCurrent); u.Bytes != 1234 || u.Allocations != 5 || u.AddTime != 1_700_000_000 || u.UseTime != 1_700_000_000 {
		t.Errorf("current lifetime %+v", *u)
	}
	listener.settle()
}

func TestFlush(t *testing.T) { // IPS-PFK-32
	r := newRig(t)
	c, listener := r.client(), r.client()
	count := func() int {
		list, _ := r.db.SAs()
		return len(list)
	}
	fill := func() {
		c.ok(pfkey.Add, typeESP, esp(0x1000)...)
		c.ok(pfkey.Add, typeAH, ah(0x1000)...)
		listener.next()
		listener.next()
	}
	for _, row := range []struct {
		satype pfkey.SAType
		left   int
	}{{typeESP, 1}, {typeAH, 1}, {0, 0}} {
		c.ok(pfkey.Flush, 0)
		listener.next()
		fill()
		c.ok(pfkey.Flush, row.satype)
		if n := count(); n != row.left {
			t.Errorf("flush of %v leaves %d", row.satype, n)
		}
		if m := listener.next(); m.Type != pfkey.Flush || m.SAType != row.satype || len(m.Extensions) > 0 {
			t.Errorf("told %v", m)
		}
	}
	c.refused(unix.EINVAL, pfkey.UnknownSAType, pfkey.Flush, 7)
	c.refused(unix.EINVAL, pfkey.NoExtensions, pfkey.Flush, typeESP, name(0x1000)...)
}

func TestIdentitiesAndWhatNoSAHas(t *testing.T) { // IPS-PFK-40
	r := newRig(t)
	c := r.client()
	identity := func(which pfkey.ExtensionType, kind pfkey.IdentityType, name string) *pfkey.Identity {
		return &pfkey.Identity{Which: which, Type: kind, Name: name}
	}
	extra := []pfkey.Extension{
		identity(pfkey.ExtIdentitySrc, pfkey.IdentityFQDN, "me.domain.com"),
		identity(pfkey.ExtIdentityDst, pfkey.IdentityUserFQDN, "joe user@domain.com"),
		&pfkey.Sensitivity{DPD: 7}, &pfkey.Raw{Which: pfkey.ExtKMPrivate, Body: []byte("mine")},
		&pfkey.SA{SPI: 0x1000, State: pfkey.Mature, Auth: 2, Encrypt: 2, Flags: pfkey.FlagPFS},
		&pfkey.Lifetime{Which: pfkey.ExtLifetimeHard, AddTime: 1 << 60},
	}
	kept := func() {
		t.Helper()
		got := c.ok(pfkey.Get, typeESP, name(0x1000)...)
		for _, e := range extra {
			back := got.Find(e.Kind())
			one := (&pfkey.Message{Extensions: []pfkey.Extension{e}}).Append(nil)
			if back == nil || string((&pfkey.Message{Extensions: []pfkey.Extension{back}}).Append(nil)) != string(one) {
				t.Errorf("%v came back as %+v", e.Kind(), back)
			}
		}
	}
	c.ok(pfkey.Add, typeESP, esp(0x1000, extra...)...)
	kept()
	update := []pfkey.Extension{&pfkey.SA{SPI: 0x1000, State: pfkey.Mature}, src(alice), dst(bob), &pfkey.Lifetime{Which: pfkey.ExtLifetimeSoft, Bytes: 5}}
	c.ok(pfkey.Update, typeESP, update...)
	kept()
	c.ok(pfkey.Update, typeESP, with(update, extra[0], extra[1])...)
	c.refused(unix.EINVAL, 0, pfkey.Update, typeESP, with(update, identity(pfkey.ExtIdentitySrc, pfkey.IdentityFQDN, "you.domain.com"))...)
	c.refused(unix.EINVAL, 0, pfkey.Update, typeESP, with(update, identity(pfkey.ExtIdentityDst, pfkey.IdentityFQDN, "joe user@domain.com"))...)
	c.refused(unix.EINVAL, 0, pfkey.Update, typeESP, with(update, &pfkey.Address{Which: pfkey.ExtAddressProxy, Addr: alice})...)
	kept()
	c.ok(pfkey.Add, typeESP, esp(0x1001, identity(pfkey.ExtIdentitySrc, pfkey.IdentityPrefix, ""))...)
	c.refused(unix.EINVAL, pfkey.BadExtensionLength, pfkey.Add, typeESP,
		esp(0x1002, &pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 2, Name: "12345678", Tail: []byte{}})...)
	c.ok(pfkey.Delete, typeESP, name(0x1000)...)
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	if got := c.ok(pfkey.Get, typeESP, name(0x1000)...); got.Find(pfkey.ExtIdentitySrc) != nil {
		t.Error("a new SA has the identity of the old one")
	}
}

func TestProxyMakesATunnel(t *testing.T) {
	for name, row := range map[string]struct {
		proxy *pfkey.Address
		want  sadb.Range
		back  uint8
	}{
		"one address": {&pfkey.Address{Addr: netip.MustParseAddr("10.1.2.3")}, sadb.RangeOf(netip.MustParseAddr("10.1.2.3")), 0},
		"a subnet":    {&pfkey.Address{Addr: netip.MustParseAddr("10.1.2.0"), PrefixLen: 24}, sadb.RangeOfPrefix(netip.MustParsePrefix("10.1.2.0/24")), 24},
		"anything":    {&pfkey.Address{Addr: netip.IPv4Unspecified()}, sadb.Range{}, 0},
	} {
		r := newRig(t)
		c := r.client()
		row.proxy.Which = pfkey.ExtAddressProxy
		c.ok(pfkey.Add, typeESP, esp(0x1000, row.proxy)...)
		sa, err := r.db.Get(sadb.ID{SPI: 0x1000, Dst: bob, Proto: sadb.ESP})
		if err != nil || sa.Mode != sadb.Tunnel || sa.Selector != (sadb.Selector{Src: row.want}) {
			t.Errorf("%s: %v, selector %v, %v", name, sa, sa.Selector, err)
		}
		c.ok(pfkey.Update, typeESP, esp(0x1000, row.proxy)...)
		c.refused(unix.EINVAL, 0, pfkey.Update, typeESP, esp(0x1000, &pfkey.Address{Which: pfkey.ExtAddressProxy, Addr: bob})...)
		got := c.ok(pfkey.Get, typeESP, esp(0x1000)...)
		back, _ := got.Find(pfkey.ExtAddressProxy).(*pfkey.Address)
		mode, _ := got.Find(pfkey.ExtSA2).(*pfkey.SA2)
		switch {
		case row.want.IsAny() && (back != nil || mode == nil || mode.Mode != 2):
			t.Errorf("%s: told as %v", name, got)
		case !row.want.IsAny() && (back == nil || back.Addr != row.proxy.Addr || back.PrefixLen != row.back):
			t.Errorf("%s: told as %+v", name, back)
		}
	}
}

// What stands beside an SA goes with it, whichever way it goes; so the memory of an engine does not grow, and no other SA inherits it.
func TestWhatNoSAHasGoesWithTheSA(t *testing.T) {
	named := &pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 2, Name: "me.domain.com"}
	for how, end := range map[string]func(*rig, *client){
		"delete": func(_ *rig, c *client) { c.ok(pfkey.Delete, typeESP, name(0x1000)...) },
		"flush":  func(_ *rig, c *client) { c.ok(pfkey.Flush, typeESP) },
		"expire": func(r *rig, c *client) { r.pass(time.Minute); c.next() },
		"view": func(r *rig, c *client) {
			v := r.server.Driver()
			if err := v.Apply(sadb.Delete{ID: sadb.ID{SPI: 0x1000, Dst: bob, Proto: sadb.ESP}}); err != nil {
				t.Error(err)
			}
			c.next()
		},
	} {
		r := newRig(t)
		c := r.client()
		c.ok(pfkey.Add, typeESP, esp(0x1000, named, limit(hard, 0, 0, 60, 0))...)
		end(r, c)
		r.server.mu.Lock()
		if n := len(r.server.beyond); n != 0 {
			t.Errorf("%s: %d are left", how, n)
		}
		r.server.mu.Unlock()
	}
	// The database itself may lose an SA without a word.
	r := newRig(t)
	c := r.client()
	c.ok(pfkey.Add, typeESP, esp(0x1000, named)...)
	if err := r.db.Apply(sadb.Delete{ID: sadb.ID{SPI: 0x1000, Dst: bob, Proto: sadb.ESP}}); err != nil {
		t.Fatal(err)
	}
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	if got := c.ok(pfkey.Get, typeESP, name(0x1000)...); got.Find(pfkey.ExtIdentitySrc) != nil {
		t.Error("a new SA has the identity of the old one")
	}
}

func reversed(list []pfkey.Extension) []pfkey.Extension {
	slices.Reverse(list)
	return list
}
