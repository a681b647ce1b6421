package rules

import "regexp"

// walletAddress is the address of a wallet, in the forms of the common chains
// (BIP 173, Base58Check, EIP-55).
var walletAddress = regexp.MustCompile(`\b(?:bc1[ac-hj-np-z02-9]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|0x[0-9a-fA-F]{40}|T[1-9A-HJ-NP-Za-km-z]{33}|4[0-9AB][1-9A-HJ-NP-Za-km-z]{93})\b`)
