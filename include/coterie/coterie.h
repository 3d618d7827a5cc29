// Coterie: the signers of a private multisig receive the same secret account, peer to peer, and prove to each other
// that they all hold it. This header is the whole library.
#pragma once

#include "coterie/account.h"
#include "coterie/card.h"
#include "coterie/certificate.h"
#include "coterie/creation.h"
#include "coterie/log.h"
#include "coterie/multisig.h"
#include "coterie/observer.h"
#include "coterie/options.h"
#include "coterie/result.h"
#include "coterie/secret.h"
#include "coterie/signaling_server.h"
#include "coterie/vault.h"
