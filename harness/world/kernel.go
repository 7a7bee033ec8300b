package world

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"ikewit/harness/fabric"
	"ikewit/impl/driver/xfrm"
	"ikewit/netns"
)

// kernelTag marks scenarios that need a kernel with IPsec: the SAs are in it, and it is a witness.
const kernelTag = "kernel"

// NeedsKernel is what such a scenario says on a kernel without.
const NeedsKernel = "this kernel has no ESP and AH: wit run --kernel guest boots one that has"

// A kernelWitness is the kernels of the two peers: what they told since the topology stood, and what they counted.
type kernelWitness struct {
	watches  map[string]*netns.KernelWatch
	before   map[string]map[string]uint64 // host, counter
	expected map[string]bool              // "alice XfrmOutNoStates"
	readers  sync.WaitGroup
	byHand   []handMade // policies

	mu      sync.Mutex
	notices map[string][]netns.KernelNotice
	lost    error // why a watch ended early
	news    chan struct{}
	closing bool
}

// KernelHasIPsec probes the kernel, in the namespace of the calling thread.
func KernelHasIPsec() (bool, error) {
	d, err := xfrm.New()
	if err != nil {
		return false, nil
	}
	defer d.Close()
	a, err := d.Probe()
	return err == nil && a.Usable(), err
}

// oneProbe asks once a process: all namespaces have one kernel.
var oneProbe struct {
	sync.Once
	usable bool
	err    error
}

// witnessKernels begins to watch, if the scenario is one for a kernel with IPsec.
func (w *World) witnessKernels() error {
	if !slices.Contains(w.Tags, kernelTag) {
		return nil
	}
	n, ok := w.fabric.(*fabric.Namespaces)
	if !ok {
		return &Unsupported{"the SAs are to be in a kernel (@kernel), and this is the simulator"}
	}
	if w.Kernel != "auto" && w.Kernel != "xfrm" {
		return &Unsupported{"the SAs are to be in a kernel (@kernel), not in --kernel " + w.Kernel}
	}
	w.Kernel = "xfrm"
	oneProbe.Do(func() {
		oneProbe.err = n.Host(w.top.Peers[0]).Do(func() (err error) { oneProbe.usable, err = KernelHasIPsec(); return err })
	})
	if oneProbe.err != nil || !oneProbe.usable {
		return errors.Join(oneProbe.err, &Unsupported{NeedsKernel})
	}
	k := &kernelWitness{
		watches: map[string]*netns.KernelWatch{}, before: map[string]map[string]uint64{}, expected: map[string]bool{},
		notices: map[string][]netns.KernelNotice{},
	}
	w.kernel = k
	for _, name := range w.top.Peers {
		counters, err := n.Host(name).KernelCounters()
		if err != nil {
			return err
		}
		watch, err := n.Host(name).WatchKernel()
		if err != nil {
			return err
		}
		k.before[name], k.watches[name] = counters, watch
		k.readers.Go(func() { k.read(name, watch) })
	}
	return nil
}

// read collects notices until the watch is closed.
func (k *kernelWitness) read(name string, watch *netns.KernelWatch) {
	for {
		list, err := watch.Next()
		k.mu.Lock()
		k.notices[name] = append(k.notices[name], list...)
		if err != nil && !k.closing {
			k.lost = err
		}
		if k.news != nil {
			close(k.news)
			k.news = nil
		}
		k.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// close ends the watches.
func (k *kernelWitness) close() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	k.closing = true
	k.mu.Unlock()
	var errs []error
	for _, watch := range k.watches {
		errs = append(errs, watch.Close())
	}
	k.readers.Wait()
	return errors.Join(append(errs, k.lost)...)
}

// until waits until what a kernel told fulfils a condition.
func (k *kernelWitness) until(ctx context.Context, name string, holds func([]netns.KernelNotice) bool) error {
	for {
		k.mu.Lock()
		if k.news == nil {
			k.news = make(chan struct{})
		}
		news, list, lost := k.news, slices.Clone(k.notices[name]), k.lost
		k.mu.Unlock()
		switch {
		case holds(list):
			return nil
		case lost != nil:
			return lost
		}
		select {
		case <-news:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// witness gives the kernels, or says that the scenario has none.
func (w *World) witness() (*kernelWitness, *fabric.Namespaces, error) {
	if w.kernel == nil {
		return nil, nil, fmt.Errorf("this scenario has no kernel to ask: give it the tag @%s", kernelTag)
	}
	n, err := w.namespaces()
	return w.kernel, n, err
}

// noticeText is one notice as a scenario writes it: "add SA in", "delete policy out", "acquire".
func (w *World) noticeText(name string, n netns.KernelNotice) string {
	switch {
	case n.What == "acquire":
		return n.What
	case n.Policy.Direction != "":
		return n.What + " " + n.Policy.Direction
	case n.SA.Dst.IsValid() && n.SA.Dst == w.OwnAddr(name):
		return n.What + " in"
	case n.SA.Dst.IsValid():
		return n.What + " out"
	}
	return n.What
}

func (w *World) noticeTexts(name string, list []netns.KernelNotice) []string {
	var texts []string
	for _, n := range list {
		texts = append(texts, w.noticeText(name, n))
	}
	return texts
}

// KernelTold waits until the kernel of a host has told all of some things, in this order; others may be between.
func (w *World) KernelTold(ctx context.Context, name, order string) error {
	k, _, err := w.witness()
	if err != nil {
		return err
	}
	want, err := noticeOrder(order)
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, patience, "the kernel of "+name+" tells")
	defer cancel()
	var told []string
	err = k.until(ctx, name, func(list []netns.KernelNotice) bool {
		told = w.noticeTexts(name, list)
		return containsInOrder(told, want)
	})
	if err != nil {
		return &Mismatch{Code: "kernel-order", What: "what the kernel of " + name + " told", Expected: strings.Join(want, ", "), Actual: strings.Join(told, ", ")}
	}
	return nil
}

// KernelNeverTold checks that the kernel of a host has not told a thing.
func (w *World) KernelNeverTold(name, what string) error {
	k, _, err := w.witness()
	if err != nil {
		return err
	}
	if _, err := noticeOrder(what); err != nil {
		return err
	}
	k.mu.Lock()
	told := w.noticeTexts(name, k.notices[name])
	k.mu.Unlock()
	if slices.Contains(told, what) {
		return &Mismatch{Code: "kernel-order", What: "what the kernel of " + name + " told", Expected: "no " + what, Actual: strings.Join(told, ", ")}
	}
	return nil
}

// noticeOrder reads "add SA in, add SA out", and refuses what no kernel says.
func noticeOrder(text string) ([]string, error) {
	var list []string
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		bare := word
		for _, direction := range []string{" in", " out", " fwd"} {
			bare = strings.TrimSuffix(bare, direction)
		}
		if !slices.Contains(netns.KernelNoticeWords(), bare) {
			return nil, fmt.Errorf("a kernel tells no %q: it tells %s", word, strings.Join(netns.KernelNoticeWords(), ", "))
		}
		list = append(list, word)
	}
	return list, nil
}

func containsInOrder(list, want []string) bool {
	for _, x := range list {
		if len(want) > 0 && x == want[0] {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// KernelCounted checks that a counter of a host's kernel has grown; it may from now on.
func (w *World) KernelCounted(ctx context.Context, name, counter string) error {
	k, n, err := w.witness()
	if err != nil {
		return err
	}
	if _, ok := k.before[name][counter]; !ok {
		return fmt.Errorf("%s has no counter %s: there are %s", name, counter, strings.Join(slices.Sorted(maps.Keys(k.before[name])), ", "))
	}
	k.expected[name+" "+counter] = true
	var now map[string]uint64
	err = w.eventually(ctx, func() (bool, error) {
		now, err = n.Host(name).KernelCounters()
		return now[counter] > k.before[name][counter], err
	})
	if err == nil && now[counter] <= k.before[name][counter] {
		err = &Mismatch{Code: "xfrm-stat", What: "counter " + counter + " of " + name, Expected: "more than " + fmt.Sprint(k.before[name][counter]), Actual: fmt.Sprint(now[counter])}
	}
	return err
}

// KernelMayCount names counters that grow or not.
func (w *World) KernelMayCount(name, counters string) error {
	k, _, err := w.witness()
	if err != nil {
		return err
	}
	for _, counter := range strings.FieldsFunc(counters, func(r rune) bool { return r == ' ' || r == ',' }) {
		if _, ok := k.before[name][counter]; !ok {
			return fmt.Errorf("%s has no counter %s: there are %s", name, counter, strings.Join(slices.Sorted(maps.Keys(k.before[name])), ", "))
		}
		k.expected[name+" "+counter] = true
	}
	return nil
}

// kernelQuiet checks that no counter has grown that the scenario did not speak of: /proc/net/xfrm_stat counts
// packets that were dropped.
func (w *World) kernelQuiet() error {
	if w.kernel == nil {
		return nil
	}
	k, n, err := w.witness()
	if err != nil {
		return err
	}
	for _, name := range w.top.Peers {
		now, err := n.Host(name).KernelCounters()
		if err != nil {
			return err
		}
		var grown []string
		for _, counter := range slices.Sorted(maps.Keys(now)) {
			if now[counter] != k.before[name][counter] && !k.expected[name+" "+counter] {
				grown = append(grown, fmt.Sprintf("%s %d", counter, now[counter]-k.before[name][counter]))
			}
		}
		if len(grown) > 0 {
			return &Mismatch{Code: "xfrm-stat", What: "counters of " + name + "'s kernel (/proc/net/xfrm_stat) that grew", Expected: "none that the scenario does not speak of", Actual: strings.Join(grown, ", ")}
		}
	}
	return nil
}

// AKernelTold waits until one of the kernels has told a thing, of whichever SA.
func (w *World) AKernelTold(ctx context.Context, what string) error {
	k, _, err := w.witness()
	if err != nil {
		return err
	}
	if _, err := noticeOrder(what); err != nil {
		return err
	}
	told := map[string][]string{}
	found := false
	err = w.eventually(ctx, func() (bool, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		for name, list := range k.notices {
			told[name] = w.noticeTexts(name, list)
			found = found || slices.ContainsFunc(list, func(n netns.KernelNotice) bool { return n.What == what })
		}
		return found, k.lost
	})
	if err == nil && !found {
		err = &Mismatch{Code: "kernel-order", What: "what the kernels told", Expected: what, Actual: fmt.Sprint(told)}
	}
	return err
}
