package ipseckey

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"ikewit/impl/driver/none"
	"ikewit/impl/driver/pfkey"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
)

const many = 100_000

// overSocket is the user-space database behind its UNIX socket, as ipsecd has it.
func overSocket(t testing.TB) (Engine, *none.Driver) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	db := none.New(nil)
	service, err := pfserver.Start(path, pfserver.Config{Database: db})
	if err != nil {
		t.Fatal(err)
	}
	s, err := pfkey.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		service.Close()
		db.Close()
	})
	return userSpace{s}, db
}

// writeCommands makes a file that adds n SAs: AES and HMAC-SHA1 with different keys.
func writeCommands(t testing.TB, n int) string {
	t.Helper()
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "add esp spi 0x%x src 10.%d.%d.1 dst 10.%d.%d.2 encr_alg aes auth_alg sha1 encrkey %032x authkey %040x hard_addtime 28800\n",
			0x1000+i, i>>8&0xff, i&0xff, i>>8&0xff, i&0xff, i, i)
	}
	path := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// perSA reports what one SA of n took.
func perSA(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/SA")
}

func mustRun(b *testing.B, r *run, status int) {
	b.Helper()
	if status != StatusOK || r.stderr.Len() > 0 {
		b.Fatalf("status %d: %.500s", status, r.stderr.String())
	}
	r.stdout.Reset()
}

// The four things that one does with a hundred thousand SAs, as ipseckey does them over the socket.
func BenchmarkManySAs(b *testing.B) {
	file := writeCommands(b, many)
	e, db := overSocket(b)
	r := newRun(b, e, Options{Numeric: true})
	step := func(name string, prepare, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				prepare(b)
				b.StartTimer()
				f(b)
			}
			perSA(b, many)
		})
	}
	empty := func(b *testing.B) {
		if err := db.Apply(sadb.Flush{}); err != nil {
			b.Fatal(err)
		}
	}
	full := func(b *testing.B) {
		if list, _ := db.SAs(); len(list) != many {
			mustRun(b, r, r.File(file))
		}
	}
	step("load", empty, func(b *testing.B) { mustRun(b, r, r.File(file)) })
	step("dump", full, func(b *testing.B) { mustRun(b, r, r.Command([]string{"dump"})) })
	step("save", full, func(b *testing.B) { mustRun(b, r, r.Save(filepath.Join(b.TempDir(), "saved"))) })
	step("flush", full, func(b *testing.B) { mustRun(b, r, r.Command([]string{"flush"})) })
}

// What one SA costs in memory, in the database and in the engine.
func BenchmarkOctetsPerSA(b *testing.B) {
	file := writeCommands(b, many)
	e, db := overSocket(b)
	r := newRun(b, e, Options{Numeric: true})
	for b.Loop() {
		if err := db.Apply(sadb.Flush{}); err != nil {
			b.Fatal(err)
		}
		before := heap()
		mustRun(b, r, r.File(file))
		b.ReportMetric(float64(heap()-before)/many, "octets/SA")
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Adding an SA costs the same whether there are a thousand or a hundred thousand: the best of thirty thousands is compared, in an empty
// database before and after, and in one that is nearly full.
func BenchmarkAddingIsConstant(b *testing.B) {
	const part, parts, few = 1000, many / 1000, 30
	text, err := os.ReadFile(writeCommands(b, many))
	if err != nil {
		b.Fatal(err)
	}
	commands := bytes.SplitAfter(text, []byte("\n"))
	files := make([]string, parts)
	for i := range files {
		files[i] = filepath.Join(b.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(files[i], bytes.Join(commands[i*part:(i+1)*part], nil), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	e, db := overSocket(b)
	r := newRun(b, e, Options{Numeric: true})
	load := func(file string) time.Duration {
		start := time.Now()
		mustRun(b, r, r.File(file))
		return time.Since(start) / part
	}
	for b.Loop() {
		first, last := time.Hour, time.Hour
		alone := func() {
			for range few / 2 {
				db.Apply(sadb.Flush{})
				first = min(first, load(files[0]))
			}
		}
		alone()
		for _, f := range files[1:] {
			last = min(last, load(f))
			if f == files[parts-few-1] {
				last = time.Hour // only those among nearly all count
			}
		}
		alone()
		ratio := float64(last) / float64(first)
		b.ReportMetric(ratio, "ratio")
		if ratio > 1.5 {
			b.Errorf("%v per SA among 1,000, %v among %d", first, last, many)
		}
	}
}

// Many SAs come out of a dump without loss, and back from a saved file as they were.
func TestManySAsWithoutLoss(t *testing.T) {
	const n = 10_000
	e, db := overSocket(t)
	r := newRun(t, e, Options{Numeric: true})
	r.want(t, r.File(writeCommands(t, n)), StatusOK, "")
	saved := filepath.Join(t.TempDir(), "saved")
	r.want(t, r.Save(saved), StatusOK, "")
	r.want(t, r.Command([]string{"dump"}), StatusOK, "")
	if got := strings.Count(r.stdout.String(), "SADB_ASSOC"); got != n {
		t.Errorf("%d SAs dumped, want %d", got, n)
	}
	r.stdout.Reset()
	before, _ := db.SAs()
	r.want(t, r.Command([]string{"flush"}), StatusOK, "")
	if left, _ := db.SAs(); len(left) != 0 {
		t.Fatalf("%d SAs are left", len(left))
	}
	r.want(t, r.File(saved), StatusOK, "")
	after, _ := db.SAs()
	if len(after) != n || len(before) != n {
		t.Fatalf("%d SAs, then %d, want %d", len(before), len(after), n)
	}
	for i := range after {
		a, b := after[i], before[i]
		a.Current, b.Current = sadb.Usage{}, sadb.Usage{}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("SA %d is %v, was %v", i, a, b)
		}
	}
}
