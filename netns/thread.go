package netns

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// onThread runs f in a goroutine that has a thread of its own. f calls runtime.UnlockOSThread when it has left the
// thread as it found it; otherwise the thread ends with f.
//
// It is never the first thread of the process: that one cannot end before the process does, and is what /proc/self
// stands for.
func onThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		// While this goroutine sits on the first thread, another cannot get it.
		taken := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(taken)
			f()
		}()
		<-taken
		runtime.UnlockOSThread()
	}()
}
