package daemon

import (
	"errors"
	"net/netip"
	"testing"

	"ikewit/impl/alg"
	"ikewit/impl/driver/none"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/sadbtest"
)

// A poor database knows DES only.
type poor struct{ *none.Driver }

func (p *poor) Supports(sa *sadb.SA) error {
	if sa.Cipher != nil && sa.Cipher.Name != "des" {
		return &sadb.UnsupportedError{Driver: "poor", What: "cipher " + sa.Cipher.Name}
	}
	return p.Driver.Supports(sa)
}

func (p *poor) Apply(a sadb.Action) error {
	if add, ok := a.(sadb.Add); ok {
		if err := p.Supports(&add.SA); err != nil {
			return err
		}
	}
	return p.Driver.Apply(a)
}

// esp makes an SA of one cipher out of 10.0.0.1.
func esp(spi uint32, cipher string, port uint16) sadb.SA {
	c := alg.CipherByName(cipher)
	from, to := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	return sadb.SA{
		SPI: spi, Proto: sadb.ESP, Mode: sadb.Transport, Direction: sadb.Out, Src: from, Dst: to, State: sadb.Mature,
		Cipher: c, CipherKey: []byte("0123456789abcdefghijklmn")[:c.KeyOctets(c.ESPBits)],
		Integrity: alg.IntegrityByName("hmac-md5-96"), AuthKey: []byte("0123456789abcdef"),
		Selector: sadb.Selector{Src: sadb.RangeOf(from), Dst: sadb.RangeOf(to), DstPort: port, Proto: 17},
	}
}

func protect(sa sadb.SA) sadb.Policy {
	return sadb.Policy{
		Selector: sa.Selector, Direction: sa.Direction, Do: sadb.Protect,
		Templates: []sadb.Template{{Proto: sa.Proto, Mode: sa.Mode}},
	}
}

func TestWhatTheFirstLacksGoesToTheSecond(t *testing.T) {
	first, second := &poor{none.New(nil)}, none.New(nil)
	opened := 0
	f := newFallback(first, func() (sadb.Driver, error) { opened++; return second, nil })
	defer f.Close()
	des, idea := esp(0x1000, "des", 1), esp(0x1001, "idea", 2)
	apply := func(a sadb.Action) {
		t.Helper()
		if err := f.Apply(a); err != nil {
			t.Errorf("%T: %v", a, err)
		}
	}
	apply(sadb.Add{SA: des})
	apply(sadb.AddPolicy{Policy: protect(des)})
	if opened != 0 {
		t.Error("the second was opened without need")
	}
	apply(sadb.Add{SA: idea})
	apply(sadb.AddPolicy{Policy: protect(idea)})
	if sas, err := second.SAs(); err != nil || len(sas) != 1 || sas[0].SPI != 0x1001 || opened != 1 {
		t.Errorf("second has %v, %v, was opened %d times", sas, err, opened)
	}
	if p, _ := second.Policies(); len(p) != 1 || p[0].Selector != idea.Selector {
		t.Errorf("second has the policies %v", p)
	}
	if p, _ := first.Policies(); len(p) != 1 || p[0].Selector != des.Selector {
		t.Errorf("first has the policies %v", p)
	}
	if sas, _ := f.SAs(); len(sas) != 2 {
		t.Errorf("both together have %v", sas)
	}
	if sa, err := f.Get(idea.ID()); err != nil || sa.Cipher.Name != "idea" {
		t.Errorf("%v, %v", sa, err)
	}
	if err := f.Apply(sadb.Add{SA: esp(0x1001, "des", 3)}); !errors.Is(err, sadb.ErrExists) {
		t.Errorf("an SA that the second has is added to the first: %v", err)
	}
	apply(sadb.DeletePolicy{ID: policyID(protect(idea))})
	apply(sadb.Delete{ID: idea.ID()})
	again := esp(0x1001, "des", 3) // the SPI that the second had
	apply(sadb.Add{SA: again})
	if sa, err := first.Get(again.ID()); err != nil || sa.Cipher.Name != "des" {
		t.Errorf("an SPI that the second had before: %v, %v", sa, err)
	}
	apply(sadb.Delete{ID: again.ID()})
	apply(sadb.DeletePolicy{ID: policyID(protect(des))})
	apply(sadb.Delete{ID: des.ID()})
	for _, d := range []sadb.Driver{first, second} {
		sas, _ := d.SAs()
		policies, _ := d.Policies()
		if len(sas)+len(policies) > 0 {
			t.Errorf("left: %v %v", sas, policies)
		}
	}
}

func policyID(p sadb.Policy) sadb.PolicyID { return p.ID() }

func TestWithoutASecondTheFirstDecides(t *testing.T) {
	f := newFallback(&poor{none.New(nil)}, func() (sadb.Driver, error) { return nil, errors.New("no device") })
	defer f.Close()
	idea := esp(0x1001, "idea", 2)
	var lacks *sadb.UnsupportedError
	if err := f.Apply(sadb.Add{SA: idea}); !errors.As(err, &lacks) || lacks.What != "cipher idea" {
		t.Errorf("add: %v", err)
	}
	if err := f.Supports(&idea); !errors.As(err, &lacks) {
		t.Errorf("supports: %v", err)
	}
}

// Two databases are one: what every driver must do, this one does.
func TestFallbackIsADriver(t *testing.T) {
	sadbtest.Run(t, func(t *testing.T) sadb.Driver {
		return newFallback(&poor{none.New(nil)}, func() (sadb.Driver, error) { return none.New(nil), nil })
	}, sadbtest.Options{Unordered: true})
}
