package guard

import "syscall"

// Pause stops the process where it is: it keeps its ports and connections, and answers nothing.
func (n *Node) Pause() {
	n.t.Helper()
	OK(n.t, n.process.Process.Signal(syscall.SIGSTOP), "SIGSTOP")
}

// Resume lets it go on.
func (n *Node) Resume() {
	n.t.Helper()
	OK(n.t, n.process.Process.Signal(syscall.SIGCONT), "SIGCONT")
}
