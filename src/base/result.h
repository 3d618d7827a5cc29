// The public Result and Error, and how a function passes an error on.
#pragma once

#include "coterie/result.h"

// COTERIE_TRY(auto card, Card::parse(text)): declares `card`, or returns the error from the enclosing function.
// COTERIE_CHECK(store(card)): returns the error, if there is one.
#define COTERIE_CONCATENATE_(a, b) a##b
#define COTERIE_CONCATENATE(a, b) COTERIE_CONCATENATE_(a, b)
#define COTERIE_TRY_(result, declaration, ...)   \
  auto result = (__VA_ARGS__);                   \
  if (!result) return std::move(result).error(); \
  declaration = std::move(*result)
#define COTERIE_TRY(declaration, ...) COTERIE_TRY_(COTERIE_CONCATENATE(try_result_, __LINE__), declaration, __VA_ARGS__)
#define COTERIE_CHECK(...) \
  if (auto check_result = (__VA_ARGS__); !check_result) return std::move(check_result).error()
