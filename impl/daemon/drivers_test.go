package daemon

import "testing"

func TestWhyTheKernelIsNotTakenIsOneShortLine(t *testing.T) {
	got := notTaken([]string{"esp over IPv4 (kernel module esp4)", "ah over IPv6 (kernel module ah6)", "replay windows"}).Error()
	if want := "the kernel lacks esp over IPv4, ah over IPv6, replay windows"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
