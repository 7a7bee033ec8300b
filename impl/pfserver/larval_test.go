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

func TestGetSPIReservesAnSPIAndTellsEverybody(t *testing.T) { // IPS-PFK-09
	r := newRig(t)
	c, listener := r.client(), r.client()
	m := c.ok(pfkey.GetSPI, typeESP, src(alice), dst(bob), &pfkey.SPIRange{Min: 0x1000, Max: 0x1fff})
	want := []pfkey.ExtensionType{pfkey.ExtSA, pfkey.ExtAddressSrc, pfkey.ExtAddressDst}
	if !slices.Equal(kinds(m), want) {
		t.Errorf("answer has %v, want %v", kinds(m), want)
	}
	spi := find[*pfkey.SA](t, m, pfkey.ExtSA).SPI
	if spi < 0x1000 || spi > 0x1fff {
		t.Errorf("SPI %x is out of the range", spi)
	}
	if told := listener.next(); told.Type != pfkey.GetSPI || told.Seq != c.seq || told.PID != c.pid || find[*pfkey.SA](t, told, pfkey.ExtSA).SPI != spi {
		t.Errorf("the listener got %v", told)
	}
	if sa, err := r.db.Get(sadb.ID{SPI: spi, Dst: bob, Proto: sadb.ESP}); err != nil || sa.State != sadb.Larval {
		t.Errorf("the SA is %v, %v", sa.State, err)
	}
	got := c.ok(pfkey.Get, typeESP, name(spi)...)
	if s := find[*pfkey.SA](t, got, pfkey.ExtSA).State; s != pfkey.Larval {
		t.Errorf("GET says state %v", s)
	}
}

func TestGetSPIRefusals(t *testing.T) { // IPS-PFK-10
	c := newRig(t).client()
	ends := func(low, high uint32) []pfkey.Extension {
		return []pfkey.Extension{src(alice), dst(bob), &pfkey.SPIRange{Min: low, Max: high}}
	}
	c.ok(pfkey.GetSPI, typeESP, ends(0x1000, 0x1000)...)
	c.refused(unix.EEXIST, 0, pfkey.GetSPI, typeESP, ends(0x1000, 0x1000)...)
	c.ok(pfkey.GetSPI, typeESP, ends(0x1001, 0x1002)...)
	c.ok(pfkey.GetSPI, typeESP, ends(0x1001, 0x1002)...)
	c.refused(unix.EEXIST, 0, pfkey.GetSPI, typeESP, ends(0x1000, 0x1002)...)
	c.refused(unix.EINVAL, pfkey.MalformedRange, pfkey.GetSPI, typeESP, ends(0x2001, 0x2000)...)
	c.refused(unix.EINVAL, pfkey.MalformedRange, pfkey.GetSPI, typeESP, ends(0, 255)...)
	c.refused(unix.EINVAL, pfkey.MissingRange, pfkey.GetSPI, typeESP, src(alice), dst(bob))
	c.refused(unix.EINVAL, pfkey.MissingDst, pfkey.GetSPI, typeESP, src(alice), &pfkey.SPIRange{Min: 256, Max: 300})
	c.refused(unix.EINVAL, pfkey.SATypeNeeded, pfkey.GetSPI, 0, ends(256, 300)...)
	c.refused(unix.EINVAL, pfkey.UnknownSAType, pfkey.GetSPI, 6, ends(256, 300)...)
}

func TestLarvalSAGoesAfterAMinute(t *testing.T) { // IPS-PFK-11
	r := newRig(t)
	c := r.client()
	c.ok(pfkey.GetSPI, typeESP, src(alice), dst(bob), &pfkey.SPIRange{Min: 0x1000, Max: 0x1000})
	r.pass(sadb.LarvalLife - time.Second)
	c.settle()
	r.pass(time.Second)
	if m := c.next(); m.Type != pfkey.Expire || m.Find(pfkey.ExtLifetimeCurrent) == nil {
		t.Errorf("got %v, want an EXPIRE", m)
	}
	c.refused(unix.ESRCH, 0, pfkey.Get, typeESP, name(0x1000)...)
}

func TestUpdateCompletesALarvalSA(t *testing.T) { // IPS-PFK-12
	r := newRig(t)
	c, listener := r.client(), r.client()
	c.ok(pfkey.GetSPI, typeESP, src(alice), dst(bob), &pfkey.SPIRange{Min: 0x1000, Max: 0x1000})
	listener.next()
	c.refused(unix.EINVAL, pfkey.MissingAuthKey, pfkey.Update, typeESP, without(esp(0x1000), pfkey.ExtKeyAuth)...)
	c.refused(unix.ESRCH, 0, pfkey.Update, typeESP, esp(0x1000, src(netip.MustParseAddr("192.0.2.9")))...)
	c.refused(unix.EEXIST, 0, pfkey.Add, typeESP, esp(0x1000)...)
	c.ok(pfkey.Update, typeESP, esp(0x1000)...)
	told := listener.next()
	if told.Type != pfkey.Update || told.Find(pfkey.ExtKeyAuth) != nil || told.Find(pfkey.ExtKeyEncrypt) != nil || told.Find(pfkey.ExtSA) == nil {
		t.Errorf("the listener got %v", told)
	}
	got := c.ok(pfkey.Get, typeESP, name(0x1000)...)
	if s := find[*pfkey.SA](t, got, pfkey.ExtSA).State; s != pfkey.Mature {
		t.Errorf("state %v", s)
	}
	if k := find[*pfkey.Key](t, got, pfkey.ExtKeyEncrypt); string(k.Octets) != string(encryptKey(8).Octets) {
		t.Error("another key came back")
	}
}

func TestUpdateOfAMatureSAChangesLifetimes(t *testing.T) { // IPS-PFK-13
	r := newRig(t)
	c := r.client()
	limit := func(which pfkey.ExtensionType, octets, seconds uint64) *pfkey.Lifetime {
		return &pfkey.Lifetime{Which: which, Bytes: octets, AddTime: seconds}
	}
	c.ok(pfkey.Add, typeESP, esp(0x1000, limit(pfkey.ExtLifetimeHard, 1000, 0), limit(pfkey.ExtLifetimeSoft, 500, 0))...)
	r.pass(10 * time.Second)
	update := []pfkey.Extension{&pfkey.SA{SPI: 0x1000, State: pfkey.Mature}, src(alice), dst(bob)}
	c.ok(pfkey.Update, typeESP, with(update, limit(pfkey.ExtLifetimeHard, 2000, 60))...)
	got := c.ok(pfkey.Get, typeESP, name(0x1000)...)
	hard, soft := find[*pfkey.Lifetime](t, got, pfkey.ExtLifetimeHard), find[*pfkey.Lifetime](t, got, pfkey.ExtLifetimeSoft)
	if hard.Bytes != 2000 || hard.AddTime != 60 || soft.Bytes != 500 || soft.AddTime != 0 {
		t.Errorf("limits are %+v and %+v", *hard, *soft)
	}
	if at := find[*pfkey.Lifetime](t, got, pfkey.ExtLifetimeCurrent).AddTime; at != 1_700_000_000 {
		t.Errorf("the time of adding became %d", at)
	}
	c.refused(unix.EINVAL, pfkey.SoftBytesOverHard, pfkey.Update, typeESP, with(update, limit(pfkey.ExtLifetimeHard, 400, 0))...)
}

func TestUpdateOfAMatureSAKeepsItsKeys(t *testing.T) { // IPS-PFK-14
	c := newRig(t).client()
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	before := c.ok(pfkey.Get, typeESP, name(0x1000)...)
	other := authKey(16)
	other.Octets[0]++
	c.refused(unix.EINVAL, pfkey.AuthKeyNotNeeded, pfkey.Update, typeESP, esp(0x1000, other)...)
	c.refused(unix.EINVAL, pfkey.AuthKeyNotNeeded, pfkey.Update, typeESP, esp(0x1000, &pfkey.SA{SPI: 0x1000, State: pfkey.Mature, Auth: 3, Encrypt: 2})...)
	wrong := encryptKey(8)
	wrong.Octets[0] ^= 0x10
	c.refused(unix.EINVAL, pfkey.EncryptKeyNotNeeded, pfkey.Update, typeESP, esp(0x1000, wrong)...)
	c.refused(unix.EINVAL, pfkey.EncryptKeyNotNeeded, pfkey.Update, typeESP, esp(0x1000, &pfkey.SA{SPI: 0x1000, State: pfkey.Mature, Auth: 2, Encrypt: 3})...)
	c.refused(unix.EINVAL, pfkey.BadState, pfkey.Update, typeESP, esp(0x1000, &pfkey.SA{SPI: 0x1000, State: pfkey.Dead, Auth: 2, Encrypt: 2})...)
	after := c.ok(pfkey.Get, typeESP, name(0x1000)...)
	after.Seq = before.Seq
	if string(after.Append(nil)) != string(before.Append(nil)) {
		t.Error("the SA has changed")
	}
	c.ok(pfkey.Update, typeESP, esp(0x1000)...) // the same again is no change
}

// What was added complete anybody may update; what was reserved only who did, as long as it is there.
func TestUpdateOfWhatIsNotOnesOwn(t *testing.T) { // IPS-PFK-15
	r := newRig(t)
	c, other := r.client(), r.client()
	c.refused(unix.ESRCH, 0, pfkey.Update, typeESP, esp(0x1000)...)
	other.settle()
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	other.next()
	other.ok(pfkey.Update, typeESP, esp(0x1000)...)
	c.next()

	reserve := func(spi uint32) {
		t.Helper()
		c.ok(pfkey.GetSPI, typeESP, src(alice), dst(bob), &pfkey.SPIRange{Min: spi, Max: spi})
		other.next()
	}
	reserve(0x2000)
	other.refused(unix.EACCES, 0, pfkey.Update, typeESP, esp(0x2000)...)
	if sa, _ := r.db.Get(sadb.ID{SPI: 0x2000, Dst: bob, Proto: sadb.ESP}); sa.State != sadb.Larval {
		t.Errorf("the SA has become %v", sa.State)
	}
	c.ok(pfkey.Update, typeESP, esp(0x2000)...)
	other.next()
	other.refused(unix.EACCES, 0, pfkey.Update, typeESP, esp(0x2000)...)

	// What is deleted or flushed and made again is another SA.
	other.ok(pfkey.Delete, typeESP, name(0x2000)...)
	other.ok(pfkey.Add, typeESP, esp(0x2000)...)
	other.ok(pfkey.Update, typeESP, esp(0x2000)...)
	for range 3 {
		c.next()
	}
	reserve(0x2001)
	other.ok(pfkey.Flush, typeESP)
	other.ok(pfkey.Add, typeESP, esp(0x2001)...)
	other.ok(pfkey.Update, typeESP, esp(0x2001)...)
	for range 3 {
		c.next()
	}

	// So is what somebody took out behind the server's back, as a kernel's SAs may be.
	reserve(0x2003)
	if err := r.db.Apply(sadb.Delete{ID: sadb.ID{SPI: 0x2003, Dst: bob, Proto: sadb.ESP}}); err != nil {
		t.Fatal(err)
	}
	other.ok(pfkey.Add, typeESP, esp(0x2003)...)
	other.ok(pfkey.Update, typeESP, esp(0x2003)...)
	c.next()
	c.next()

	// Nothing is remembered of what is gone.
	reserve(0x2004)
	other.ok(pfkey.Delete, typeESP, name(0x2004)...)
	c.next()
	reserve(0x2005)
	r.pass(sadb.LarvalLife)
	c.next()
	other.next()
	r.server.mu.Lock()
	if len(r.server.owners) != 0 {
		t.Errorf("%d owners of SAs that are gone", len(r.server.owners))
	}
	r.server.mu.Unlock()

	// A key manager that was started again finds what it had.
	reserve(0x2002)
	c.socket.Close()
	r.gone(1)
	other.ok(pfkey.Update, typeESP, esp(0x2002)...)
}
