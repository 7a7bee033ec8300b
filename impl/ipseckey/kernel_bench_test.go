package ipseckey

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"ikewit/netns/guest"
)

func TestMain(m *testing.M) {
	guest.Init()
	os.Exit(m.Run())
}

// manyInKernel is how many SAs are loaded into the kernel's database: a fifth of many, since on an emulated processor all of them take eight
// minutes. IPSECKEY_MANY says another number.
var manyInKernel = func() int {
	if n, err := strconv.Atoi(os.Getenv("IPSECKEY_MANY")); err == nil {
		return max(n, leastInKernel)
	}
	return many / 5
}()

// leastInKernel is what comparing thousands takes.
const leastInKernel = few * 2000

// few is how many thousands are compared.
const few = 9

// The same four things with the kernel's database, in the guest: by AF_KEY, by netlink, and by iproute2. Times are of an emulated
// processor: they compare with each other, not with those of BenchmarkManySAs. ratio is what an SA costs in a database that is
// nearly full, by what it costs at the same time in that of another namespace, which is empty: the middle of a few.
func BenchmarkManySAsInKernel(b *testing.B) {
	if !guest.Inside() {
		benchInGuest(b)
		return
	}
	file := writeCommands(b, manyInKernel)
	before := kernelOctets(b)
	for _, choice := range []string{"pfkey", "xfrm"} {
		b.Run(choice, func(b *testing.B) {
			full, empty := newKernelRun(b, choice), newKernelRun(b, choice)
			b.Run("load", func(b *testing.B) { once(b, manyInKernel, func() { load(b, full, empty, file, before) }) })
			full.threeThings(b)
		})
	}
	b.Run("ip", func(b *testing.B) { ipThings(b, file) })
}

// benchInGuest runs the same benchmark there, once, and passes on what it prints.
func benchInGuest(b *testing.B) {
	switch {
	case os.Geteuid() != 0:
		b.Skip("needs root, to be root in the guest")
	case guest.Missing() != nil:
		b.Skip(guest.Missing())
	}
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	var out bytes.Buffer
	status, err := guest.Run(ctx, guest.Config{Stdout: &out,
		Command: []string{program, "-test.run", "^$", "-test.bench", "^" + b.Name() + "$", "-test.benchtime", "1x", "-test.timeout", "15m"}})
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, b.Name()+"/") {
			os.Stdout.WriteString(line)
		}
	}
	if err != nil || status != 0 {
		b.Fatalf("in the guest: status %d, %v\n%s", status, err, out.String())
	}
}

// A kernelRun is a program over the kernel's database whose output is counted and not kept.
type kernelRun struct {
	*Program
	out    counter
	stderr bytes.Buffer
}

// newKernelRun opens the database of a namespace of its own.
func newKernelRun(b *testing.B, choice string) *kernelRun {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := netns.Get()
	if err != nil {
		b.Fatal(err)
	}
	defer before.Close()
	ours, err := netns.New()
	if err != nil {
		b.Fatal(err)
	}
	defer ours.Close()
	defer netns.Set(before)
	e, err := Open(choice)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { e.Close() })
	k := &kernelRun{}
	k.Program = New(Config{Options: Options{Numeric: true}, Out: &k.out, Err: &k.stderr, Engine: e, Names: noNames{}})
	return k
}

// counter counts the SAs that are printed.
type counter struct{ sas int }

func (c *counter) Write(b []byte) (int, error) {
	c.sas += bytes.Count(b, []byte("SADB_ASSOC")) // a buffer may end within the word: some are missed
	return len(b), nil
}

func (k *kernelRun) must(b *testing.B, status int) {
	b.Helper()
	if status != StatusOK || k.stderr.Len() > 0 {
		b.Fatalf("status %d: %.500s", status, k.stderr.String())
	}
}

// load fills one database, and compares with an empty one when it is nearly full.
func load(b *testing.B, full, empty *kernelRun, file string, before int64) {
	b.StopTimer()
	parts := inThousands(b, file)
	b.StartTimer()
	rest := len(parts) - few
	for _, f := range parts[:rest] {
		full.part(b, f)
	}
	var ratios []float64
	for _, f := range parts[rest:] {
		b.StopTimer()
		alone := empty.part(b, f)
		empty.must(b, empty.Command([]string{"flush"}))
		b.StartTimer()
		ratios = append(ratios, float64(full.part(b, f))/float64(alone))
	}
	b.StopTimer()
	slices.Sort(ratios)
	b.ReportMetric(ratios[few/2], "ratio")
	b.ReportMetric(float64(kernelOctets(b)-before)/float64(manyInKernel), "octets/SA")
}

func (k *kernelRun) threeThings(b *testing.B) {
	b.Run("dump", func(b *testing.B) {
		k.out.sas = 0
		once(b, manyInKernel, func() { k.must(b, k.Command([]string{"dump"})) })
		if k.out.sas < manyInKernel*99/100 {
			b.Errorf("%d SAs dumped, want %d", k.out.sas, manyInKernel)
		}
	})
	b.Run("save", func(b *testing.B) {
		saved := filepath.Join(b.TempDir(), "saved")
		once(b, manyInKernel, func() { k.must(b, k.Save(saved)) })
		if n := countLines(b, saved, "# begin assoc"); n != manyInKernel {
			b.Errorf("%d SAs saved, want %d", n, manyInKernel)
		}
	})
	b.Run("flush", func(b *testing.B) { once(b, manyInKernel, func() { k.must(b, k.Command([]string{"flush"})) }) })
}

func (k *kernelRun) part(b *testing.B, file string) time.Duration {
	start := time.Now()
	k.must(b, k.File(file))
	return time.Since(start)
}

// inThousands cuts a file of commands.
func inThousands(b *testing.B, file string) (parts []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for chunk := range slices.Chunk(bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")), 1000) {
		path := filepath.Join(dir, strconv.Itoa(len(parts)))
		if err := os.WriteFile(path, bytes.Join(chunk, nil), 0o600); err != nil {
			b.Fatal(err)
		}
		parts = append(parts, path)
	}
	return parts
}

// once runs one of the things, with n SAs, once: the database is not as it was afterwards.
func once(b *testing.B, n int, f func()) {
	if b.N != 1 {
		b.Fatal("run it with -benchtime 1x")
	}
	b.ResetTimer()
	f()
	b.StopTimer()
	perSA(b, n)
}

// ipThings are what iproute2 can do of it, from a batch file with the same SAs.
func ipThings(b *testing.B, file string) {
	batch := filepath.Join(b.TempDir(), "batch")
	translate(b, file, batch)
	ip := func(b *testing.B, out io.Writer, args ...string) {
		c := exec.Command("ip", args...)
		var errs bytes.Buffer
		c.Stdout, c.Stderr = out, &errs
		if err := c.Run(); err != nil || errs.Len() > 0 {
			b.Fatalf("ip %v: %v: %.500s", args, err, errs.String())
		}
	}
	b.Run("load", func(b *testing.B) { once(b, manyInKernel, func() { ip(b, nil, "-batch", batch) }) })
	b.Run("dump", func(b *testing.B) { once(b, manyInKernel, func() { ip(b, io.Discard, "xfrm", "state") }) })
	b.Run("flush", func(b *testing.B) { once(b, manyInKernel, func() { ip(b, nil, "xfrm", "state", "flush") }) })
}

// translate writes the commands of writeCommands as those of iproute2.
func translate(b *testing.B, from, to string) {
	text, err := os.ReadFile(from)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	for line := range strings.Lines(string(text)) {
		w := strings.Fields(line)
		fmt.Fprintf(&out, "xfrm state add src %s dst %s proto esp spi %s mode transport enc cbc(aes) 0x%s auth-trunc hmac(sha1) 0x%s 96 limit time-hard %s\n",
			w[5], w[7], w[3], w[13], w[15], w[17])
	}
	if err := os.WriteFile(to, out.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
}

func countLines(b *testing.B, path, line string) (n int) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if s.Text() == line {
			n++
		}
	}
	return n
}

// kernelOctets is what the kernel holds for itself: slabs that cannot be reclaimed, and per processor.
func kernelOctets(b *testing.B) (octets int64) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if w := strings.Fields(line); w[0] == "SUnreclaim:" || w[0] == "Percpu:" {
			n, err := strconv.ParseInt(w[1], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			octets += n << 10
		}
	}
	return octets
}
