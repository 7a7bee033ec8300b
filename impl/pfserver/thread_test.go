package pfserver

import "runtime"

func lockThread() { runtime.LockOSThread() }
