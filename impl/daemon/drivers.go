package daemon

import (
	"errors"
	"fmt"
	"strings"

	"ikewit/impl/driver/none"
	"ikewit/impl/driver/pfkey"
	"ikewit/impl/driver/user"
	"ikewit/impl/driver/xfrm"
	"ikewit/impl/sadb"
)

// The SA databases that there are, best first. where is what stands behind the name and a colon. auto: it is among those that
// are tried unasked; probe is what that wants beyond opening it.
var drivers = []struct {
	name  string
	auto  bool
	open  func(h *Host, where string) (sadb.Driver, error)
	probe func(d sadb.Driver) error
}{
	{"xfrm", true, openXFRM, probeXFRM},
	{"user", true, openUser, nil},
	{"none", true, openNone, nil},
	{"pfkey", false, openKernelPFKey, nil},
	{"unix", false, openPFKey, nil},
}

// Driver opens the SA database of a name, or with "auto" the first that works here; SAs that the kernel
// cannot have go to the user-space stack then. "unix:PATH" is whatever key engine serves that socket. why is one line: which it is, and
// why none of those before it.
func (h *Host) Driver(kernel string) (d sadb.Driver, why string, err error) {
	var passed []string
	name, where, _ := strings.Cut(kernel, ":")
	for _, row := range drivers {
		if name != row.name && !(name == "auto" && row.auto) {
			continue
		}
		err := h.inside(func() (err error) {
			if d, err = row.open(h, where); err != nil || kernel != "auto" || row.probe == nil {
				return err
			}
			if err = row.probe(d); err != nil {
				d.Close()
				return err
			}
			d = newFallback(d, func() (second sadb.Driver, err error) {
				err = h.inside(func() (err error) { second, err = openUser(h, ""); return err })
				return second, err
			})
			return nil
		})
		switch {
		case err == nil && kernel != "auto":
			return d, fmt.Sprintf("kernel: %s, as configured", kernel), nil
		case err == nil:
			return d, fmt.Sprintf("kernel: %s%s", row.name, strings.Join(passed, "")), nil
		case kernel != "auto":
			return nil, "", err
		}
		passed = append(passed, fmt.Sprintf("; not %s: %s", row.name, strings.ReplaceAll(err.Error(), "\n", ", ")))
	}
	return nil, "", fmt.Errorf("no SA database is called %q", kernel)
}

func openXFRM(*Host, string) (sadb.Driver, error) { return xfrm.New() }

// probeXFRM wants ESP and AH: XFRM is there in kernels that have neither.
func probeXFRM(d sadb.Driver) error {
	a, err := d.(*xfrm.Driver).Probe()
	if err == nil && !a.Usable() {
		err = notTaken(a.Missing)
	}
	return err
}

// notTaken says what is missing in one short line: without what stands in brackets behind each.
func notTaken(missing []string) error {
	var list []string
	for _, m := range missing {
		what, _, _ := strings.Cut(m, " (")
		list = append(list, what)
	}
	return errors.New("the kernel lacks " + strings.Join(list, ", "))
}

func openUser(*Host, string) (sadb.Driver, error) { return user.New(user.Options{}) }

func openNone(*Host, string) (sadb.Driver, error) { return none.New(nil), nil }

func openKernelPFKey(*Host, string) (sadb.Driver, error) { return pfkey.OpenKernel() }

func openPFKey(_ *Host, path string) (sadb.Driver, error) { return pfkey.Open(path) }
