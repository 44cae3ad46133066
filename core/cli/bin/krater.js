#!/usr/bin/env node
import "@krater/cli";
