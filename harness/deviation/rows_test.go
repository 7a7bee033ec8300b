package deviation

import (
	"strings"
	"testing"

	"ikewit/features/requirements"
	"ikewit/impl/wire/isakmp"
)

func TestRowsAreWhole(t *testing.T) {
	names := map[string]bool{}
	for _, d := range All() {
		switch {
		case names[d.Name]:
			t.Errorf("%s stands there twice", d.Name)
		case !strings.HasPrefix(d.Name, strings.ToLower(d.In)+"-"):
			t.Errorf("%s is told in %s", d.Name, d.In)
		case d.Stage == 0, (d.Stage == Sealed) != (d.Octets != nil), (d.Stage == Sealed) == (d.Do != nil):
			t.Errorf("%s: stage %v does not fit what it does", d.Name, d.Stage)
		case d.Expect.Accepted != (d.Check == ""):
			t.Errorf("%s: check %q and expectation %v", d.Name, d.Check, d.Expect)
		case d.Expect.String() == "refused with ":
			t.Errorf("%s: nothing is expected", d.Name)
		}
		names[d.Name] = true
		if _, ok := requirements.Lookup(d.Breaks); !ok {
			t.Errorf("%s breaks %s, which is no requirement", d.Name, d.Breaks)
		}
		if found, err := ByName(d.Name); err != nil || found.Name != d.Name {
			t.Errorf("%s is not found by its name: %v", d.Name, err)
		}
	}
}

func TestByNameTellsWhatThereIs(t *testing.T) {
	if _, err := ByName("qi1-nonsense"); err == nil || !strings.Contains(err.Error(), "qi1-wrong-hash") {
		t.Errorf("%v", err)
	}
	if _, err := ByName("nonsense"); err == nil || !strings.Contains(err.Error(), "begin with the message") {
		t.Errorf("%v", err)
	}
}

// A liar lies in its own message only, counts, and stops when told to.
func TestLiar(t *testing.T) {
	d, err := ByName("mi1-reserved-octet")
	if err != nil {
		t.Fatal(err)
	}
	l := Liar{Deviation: d}
	s := l.Seams()
	message := func() *isakmp.Message { return &isakmp.Message{Items: isakmp.Items(&isakmp.SA{})} }
	other, mine, later := message(), message(), message()
	s.Built("MR1", other)
	s.Built("MI1", mine)
	l.Honest = true
	s.Built("MI1", later)
	if other.Items[0].Reserved != 0 || mine.Items[0].Reserved == 0 || later.Items[0].Reserved != 0 || l.Told != 1 {
		t.Errorf("%x %x %x, told %d times", other.Items[0].Reserved, mine.Items[0].Reserved, later.Items[0].Reserved, l.Told)
	}
}

func TestExpectations(t *testing.T) {
	e := refusedWith(isakmp.PayloadMalformed, isakmp.InvalidFlags)
	for _, row := range []struct {
		e    Expectation
		told []isakmp.NotifyType
		fits bool
	}{
		{e, nil, false},
		{e.orSilence(), nil, true},
		{e, []isakmp.NotifyType{isakmp.InvalidFlags}, true},
		{e, []isakmp.NotifyType{isakmp.InvalidFlags, isakmp.InvalidSPI}, false},
		{ignored, []isakmp.NotifyType{isakmp.InvalidFlags}, false},
		{ignored, nil, true},
		{accepted, nil, true},
		{accepted, []isakmp.NotifyType{isakmp.InvalidFlags}, false},
	} {
		if got := row.e.Fits(row.told); got != row.fits {
			t.Errorf("%v fits %v: %t", row.e, row.told, got)
		}
	}
	if got := e.orSilence().String(); got != "refused with PAYLOAD-MALFORMED or INVALID-FLAGS or silence" {
		t.Errorf("%q", got)
	}
}
