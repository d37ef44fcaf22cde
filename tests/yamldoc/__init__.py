"""Tests of renderer.yamldoc; a package so that its helpers can be imported as yamldoc.*"""
