// COTERIE_EXPORT: what the shared library shows; everything else in it is hidden.
#pragma once

#define COTERIE_EXPORT __attribute__((visibility("default")))
