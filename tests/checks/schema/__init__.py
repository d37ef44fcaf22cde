"""Tests of renderer.checks.schema; a package so that its helpers can be imported as schemas.*"""
