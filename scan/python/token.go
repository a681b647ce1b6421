package python

// A kind is what the parser looks at. Each operator and each keyword is a
// kind of its own.
type kind uint8

const (
	tEOF kind = iota
	tNewline
	tIndent
	tDedent
	tBad // bytes that begin no token

	tNumber
	tString
	tFStringStart
	tFStringMiddle
	tFStringEnd

	tLparen
	tRparen
	tLbracket
	tRbracket
	tLbrace
	tRbrace
	tComma
	tColon
	tSemi
	tDot
	tEllipsis
	tArrow
	tColonEqual
	tExclamation
	tBackquote

	tEqual // the first of the assignments
	tPlusEqual
	tMinusEqual
	tStarEqual
	tSlashEqual
	tPercentEqual
	tAtEqual
	tAmpersandEqual
	tVbarEqual
	tCircumflexEqual
	tLeftShiftEqual
	tRightShiftEqual
	tDoubleStarEqual
	tDoubleSlashEqual // the last

	tPlus
	tMinus
	tStar
	tSlash
	tPercent
	tAt
	tAmpersand
	tVbar
	tCircumflex
	tTilde
	tLeftShift
	tRightShift
	tDoubleStar
	tDoubleSlash
	tEqEqual
	tNotEqual
	tLess
	tLessEqual
	tGreater
	tGreaterEqual

	// Keywords of both languages.
	kwAnd
	kwAs
	kwAssert
	kwBreak
	kwClass
	kwContinue
	kwDef
	kwDel
	kwElif
	kwElse
	kwExcept
	kwFinally
	kwFor
	kwFrom
	kwGlobal
	kwIf
	kwImport
	kwIn
	kwIs
	kwLambda
	kwNot
	kwOr
	kwPass
	kwRaise
	kwReturn
	kwTry
	kwWhile
	kwWith
	kwYield

	tName // the first of the words that may be names
	// Names with a meaning in some places.
	softMatch
	softCase
	softType
	// Names in one dialect, keywords in the other.
	softPrint
	softExec
	softAsync
	softAwait
	softNonlocal
	softNone
	softTrue
	softFalse // the last
)

// keyword returns the kind of a word, tName for most.
func keyword(word string) kind {
	if len(word) < 2 || len(word) > 8 {
		return tName
	}
	if k, ok := lookupKeyword(word); ok {
		return k
	}
	return tName
}

func lookupKeyword(word string) (kind, bool) {
	e := &keywordTable[keywordHash(word)]
	return e.kind, e.word == word
}

// keywordHash is perfect for the words below; a test looks each of them up.
func keywordHash(w string) uint8 {
	return (w[0]*2 + w[1]*12 + w[len(w)-1] + uint8(len(w))*7) & (keywordSlots - 1)
}

const keywordSlots = 128

type keywordEntry struct {
	word string
	kind kind
}

var keywordTable = func() (table [keywordSlots]keywordEntry) {
	for _, e := range keywords {
		table[keywordHash(e.word)] = e
	}
	return table
}()

var keywords = []keywordEntry{
	{"and", kwAnd}, {"as", kwAs}, {"assert", kwAssert}, {"break", kwBreak}, {"class", kwClass},
	{"continue", kwContinue}, {"def", kwDef}, {"del", kwDel}, {"elif", kwElif}, {"else", kwElse},
	{"except", kwExcept}, {"finally", kwFinally}, {"for", kwFor}, {"from", kwFrom}, {"global", kwGlobal},
	{"if", kwIf}, {"import", kwImport}, {"in", kwIn}, {"is", kwIs}, {"lambda", kwLambda}, {"not", kwNot},
	{"or", kwOr}, {"pass", kwPass}, {"raise", kwRaise}, {"return", kwReturn}, {"try", kwTry},
	{"while", kwWhile}, {"with", kwWith}, {"yield", kwYield},
	{"match", softMatch}, {"case", softCase}, {"type", softType}, {"print", softPrint}, {"exec", softExec},
	{"async", softAsync}, {"await", softAwait}, {"nonlocal", softNonlocal},
	{"None", softNone}, {"True", softTrue}, {"False", softFalse},
}

// A token is 12 bytes: there is one for every four bytes of source.
type token struct {
	start, end Pos
	kind       kind
	flags      tokenFlags
	prefix     Prefix // of strings
}

type tokenFlags uint8

const (
	flagLineStart tokenFlags = 1 << iota // the first token of a physical line
	flagEscape                           // a string with a backslash or a carriage return in it
	flagTriple                           // a string with three quotes
	flagNonASCII                         // a string or name with a byte above 0x7f
	flagOpen                             // a string that is not closed
	flagEmptyInd                         // a dedent to a level that no line had
)

// An operator is what the parser knows of a token between two operands.
type operator struct {
	op   Op
	prec uint8
}

// The levels of the reference's "Operator precedence", loosest first.
const (
	precNone uint8 = iota
	precOr
	precAnd
	precNot
	precComparison
	precBitOr
	precBitXor
	precBitAnd
	precShift
	precSum
	precTerm
	precFactor
	precPower
)

var operators = [256]operator{
	kwOr:              {Or, precOr},
	kwAnd:             {And, precAnd},
	kwNot:             {NotIn, precComparison},
	kwIn:              {In, precComparison},
	kwIs:              {Is, precComparison},
	tLess:             {Lt, precComparison},
	tLessEqual:        {LtE, precComparison},
	tGreater:          {Gt, precComparison},
	tGreaterEqual:     {GtE, precComparison},
	tEqEqual:          {Eq, precComparison},
	tNotEqual:         {NotEq, precComparison},
	tVbar:             {BitOr, precBitOr},
	tCircumflex:       {BitXor, precBitXor},
	tAmpersand:        {BitAnd, precBitAnd},
	tLeftShift:        {LShift, precShift},
	tRightShift:       {RShift, precShift},
	tPlus:             {Add, precSum},
	tMinus:            {Sub, precSum},
	tStar:             {Mult, precTerm},
	tSlash:            {Div, precTerm},
	tPercent:          {Mod, precTerm},
	tDoubleSlash:      {FloorDiv, precTerm},
	tAt:               {MatMult, precTerm},
	tDoubleStar:       {Pow, precPower},
	tPlusEqual:        {Add, 0},
	tMinusEqual:       {Sub, 0},
	tStarEqual:        {Mult, 0},
	tSlashEqual:       {Div, 0},
	tPercentEqual:     {Mod, 0},
	tAtEqual:          {MatMult, 0},
	tAmpersandEqual:   {BitAnd, 0},
	tVbarEqual:        {BitOr, 0},
	tCircumflexEqual:  {BitXor, 0},
	tLeftShiftEqual:   {LShift, 0},
	tRightShiftEqual:  {RShift, 0},
	tDoubleStarEqual:  {Pow, 0},
	tDoubleSlashEqual: {FloorDiv, 0},
}
