package pfserver

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/alg"
	"ikewit/impl/driver/none"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/sadbtest"
	"ikewit/impl/wire/pfkey"
)

// whole is a view that takes its server and database with it.
type whole struct {
	*View
	db sadb.Driver
}

func (w whole) Close() error {
	w.View.Close()
	w.server.Close()
	return w.db.Close()
}

func TestViewIsADriver(t *testing.T) {
	sadbtest.Run(t, func(*testing.T) sadb.Driver {
		db := none.New(nil)
		return whole{New(Config{Database: db}).Driver(), db}
	}, sadbtest.Options{})
}

// What an engine in the same process does is told to the clients; both see what ends by itself.
func TestClientsSeeWhatAnEngineDoes(t *testing.T) {
	r := newRig(t)
	c := r.client()
	v := r.server.Driver()
	sa := sadb.SA{SPI: 0x1000, Proto: sadb.ESP, Mode: sadb.Tunnel, Src: alice, Dst: bob, ReqID: 9,
		Cipher: alg.CipherByName("des"), CipherKey: octetsOf(8, 5), Integrity: alg.IntegrityByName("md5"), AuthKey: octetsOf(16, 3)}
	sa.Hard.Add = 5 * time.Second
	told := func(want pfkey.Type) *pfkey.Message {
		t.Helper()
		m := c.next()
		if m.Type != want || m.PID != 0 || m.SAType != typeESP || m.Find(pfkey.ExtKeyEncrypt) != nil {
			t.Errorf("told %v, want %v", m, want)
		}
		return m
	}
	apply := func(a sadb.Action) {
		t.Helper()
		if err := v.Apply(a); err != nil {
			t.Fatal(err)
		}
	}
	apply(sadb.Add{SA: sa})
	m := told(pfkey.Add)
	if find[*pfkey.SA](t, m, pfkey.ExtSA).State != pfkey.Mature || find[*pfkey.SA2](t, m, pfkey.ExtSA2).ReqID != 9 {
		t.Errorf("told %+v", m)
	}
	apply(sadb.Update{SA: sa})
	told(pfkey.Update)
	apply(sadb.Delete{ID: sa.ID()})
	if m := told(pfkey.Delete); find[*pfkey.Address](t, m, pfkey.ExtAddressSrc).Addr != alice {
		t.Errorf("told %+v", m)
	}
	apply(sadb.Add{SA: sa})
	told(pfkey.Add)
	r.pass(5 * time.Second)
	told(pfkey.Expire)
	select {
	case e := <-v.Events():
		if x, ok := e.(sadb.Expire); !ok || !x.Hard {
			t.Errorf("the engine got %v", e)
		}
	case <-time.After(patience):
		t.Error("the engine got no event")
	}
	apply(sadb.Add{SA: sa}) // which the engine answers for: IPS-PFK-15
	told(pfkey.Add)
	c.refused(unix.EACCES, 0, pfkey.Update, typeESP, esp(0x1000)...)
	apply(sadb.Flush{Proto: sadb.ESP})
	told(pfkey.Flush)
	if v.Apply(sadb.Delete{ID: sa.ID()}) == nil {
		t.Error("a delete of nothing worked")
	}
	apply(sadb.AddPolicy{Policy: sadb.Policy{Direction: sadb.Out, Do: sadb.Discard}})
	c.settle()
	apply(sadb.Add{SA: sa})
	told(pfkey.Add)
	v.Close()
	c.ok(pfkey.Update, typeESP, esp(0x1000)...) // nobody answers for it any more
}

// What the data plane asks for goes to the engine in the process, and to the clients that have registered for the type.
func TestAcquireGoesToTheEngineToo(t *testing.T) { // IPS-PFK-24
	r := newRig(t)
	c, other := r.client(), r.client()
	c.ok(pfkey.Register, typeESP)
	other.ok(pfkey.Register, typeAH)
	v := r.server.Driver()
	a := request(sadb.Transport)
	r.db.Emit(a)
	if m := c.next(); m.Type != pfkey.Acquire || m.Seq != a.Seq || m.PID != 0 {
		t.Errorf("who registered got %v", m)
	}
	select {
	case e := <-v.Events():
		if got, ok := e.(sadb.Acquire); !ok || got.Seq != a.Seq {
			t.Errorf("the engine got %v", e)
		}
	case <-time.After(patience):
		t.Error("the engine got no event")
	}
	other.settle()
}
